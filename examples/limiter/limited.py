"""`@limited`: a view asks a bucket before it answers, and says 429 with Retry-After if that is empty."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import ceil

from django.http import HttpRequest, HttpResponse

from examples.limiter.actors import TokenBucket

View = Callable[..., HttpResponse]
PATIENCE = 5


def limited(bucket: type[TokenBucket], key: Callable[..., str]) -> Callable[[View], View]:
    """`key` is given what the view is given, and says whose bucket it is.

    For users who are logged in: `@limited(Tea, key=lambda request: str(request.user.pk))`.
    """

    def protect(view: View) -> View:
        @wraps(view)
        def protected(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
            caller = bucket.actors.get_or_create(key(request, *args, **named))
            answer = caller.take().result(timeout=PATIENCE)
            if answer.allowed:
                return view(request, *args, **named)
            seconds = str(ceil(answer.retry_after))
            text = f"Too many requests. Try again in {seconds} s.\n"
            return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": seconds})

        return protected

    return protect
