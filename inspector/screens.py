"""Screen: one page of the inspector, as what it reads and the two templates that show it.

`NAME.html` is the whole page, `NAME_live.html` the part that stays live: the page's first answer, the
websocket and the polling of a page without one all render the same. Reading is bounded in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string

from actors.bounded import bounded
from actors.gateway.permissions import ADD, CHANGE, DELETE, may
from inspector.access import FRAGMENT, View, page, read_only

Reader: TypeAlias = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, and with what in the address."""

    user: Any
    query: QueryDict


@dataclass(frozen=True, slots=True)
class Screen:
    """`read(look, **words of the address)` gives what the templates show, and changes nothing."""

    name: str
    read: Reader

    def context(self, look: Look, **words: str) -> dict[str, Any]:
        """What to show. Raises what `read` raises, and inspector.too_slow."""
        with bounded():
            told = self.read(look, **words)
        needed = {"makes": ADD, "operates": CHANGE, "destroys": DELETE}
        allowed = {name: may(look.user, permission) for name, permission in needed.items()}
        return {**told, **allowed, "read_only": read_only(), "screen": self}

    @property
    def live_template(self) -> str:
        return f"inspector/{self.name}_live.html"

    def render_live(self, look: Look, **words: str) -> str:
        """The live part alone. Raises as `context` does."""
        return render_to_string(self.live_template, self.context(look, **words))


def shown(screen: Screen) -> View:
    """The view of a screen; its live part alone for the page's own script."""

    def view(request: HttpRequest, **words: str) -> HttpResponse:
        look = Look(request.user, request.GET)
        if FRAGMENT in request.headers:
            return HttpResponse(screen.render_live(look, **words))
        return render(request, f"inspector/{screen.name}.html", screen.context(look, **words))

    view.screen = screen  # type: ignore[attr-defined]
    return page(view)
