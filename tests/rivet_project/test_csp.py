"""Every page forbids what is not the site's own, in sync and async handlers alike."""

from __future__ import annotations

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse

from rivet_project.csp import POLICY, ContentSecurityPolicyMiddleware

HEADER = "Content-Security-Policy"


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def stricter_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page", headers={HEADER: "default-src 'none'"})


def test_a_page_carries_the_policy() -> None:
    response = ContentSecurityPolicyMiddleware(page)(HttpRequest())
    assert isinstance(response, HttpResponse)
    assert response.headers[HEADER] == POLICY


async def test_an_async_page_carries_the_policy_without_a_thread() -> None:
    middleware = ContentSecurityPolicyMiddleware(async_page)
    assert iscoroutinefunction(middleware)
    response = middleware(HttpRequest())
    assert not isinstance(response, HttpResponse)
    assert (await response).headers[HEADER] == POLICY


def test_a_page_may_have_a_policy_of_its_own() -> None:
    response = ContentSecurityPolicyMiddleware(stricter_page)(HttpRequest())
    assert isinstance(response, HttpResponse)
    assert response.headers[HEADER] == "default-src 'none'"
