"""Which pages of an app are still to be visited, and what was seen of those that were."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from builder.domain.looks import NARROW, WIDE, Seen, Trouble, Visit
from builder.domain.serving import Site

MAX_ROUTES = 10
_MAX_FORMS = 6


class Tour:
    """Every route at two widths, within `seconds`; links make more routes. Tabs side by side share one."""

    def __init__(self, site: Site, seconds: float) -> None:
        self.site = site
        self.seconds = seconds
        self.pictures: dict[str, bytes] = {}
        self.ending = False
        self.now: tuple[str, int] = ("/", NARROW)
        self._routes: list[str] = []
        self._forms: dict[str, list[str]] = {}
        self._tried: set[str] = set()
        self._visits: list[Visit] = []
        self._waiting: deque[tuple[str, int]] = deque()
        self._telling = 0
        self._changed = asyncio.Condition()
        self._take(site.routes())

    async def pages(self, first: int) -> AsyncIterator[tuple[str, int]]:
        """Routes and widths to visit, those of one width first, until no page is left that may have links.

        By then all forms are known; a last page without links may still be under way elsewhere.
        """
        while (page := await self._next(first)) is not None:
            yield page
            async with self._changed:
                self._telling -= page[1] == NARROW
                self._changed.notify_all()

    async def _next(self, first: int) -> tuple[str, int] | None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or not self._telling)
            if not self._waiting:
                return None
            page = next((page for page in self._waiting if page[1] == first), self._waiting[0])
            self._waiting.remove(page)
            self._telling += page[1] == NARROW  # only there links and forms are looked for
            return page

    async def add(self, links: list[str]) -> None:
        """Takes what is new, up to the most that are visited."""
        async with self._changed:
            self._take(links)
            self._changed.notify_all()

    def _take(self, links: list[str]) -> None:
        new = [link for link in dict.fromkeys(links) if link not in self._routes]
        new = new[: MAX_ROUTES - len(self._routes)]
        self._routes += new
        self._waiting += [(route, width) for route in new for width in (NARROW, WIDE)]

    def has_forms(self, route: str, forms: list[str]) -> None:
        """Notes what there is to fill in, as the probe describes it."""
        self._forms[route] = forms

    def next_form(self, shown: str | None) -> tuple[str, str] | None:
        """A route and its first form that no route before it has, each once; that of the one shown first."""
        found: dict[str, str] = {}
        for route in self._routes:
            new = next((form for form in self._forms.get(route, []) if form not in found), None)
            if new is not None:
                found[new] = route
        waiting = [(route, form) for form, route in found.items() if form not in self._tried]
        if not waiting or len(self._tried) >= _MAX_FORMS:
            return None
        chosen = next((one for one in waiting if one[0] == shown), waiting[0])
        self._tried.add(chosen[1])
        return chosen

    def keep(self, visit: Visit) -> None:
        """Notes what was seen."""
        self._visits.append(visit)

    def blame(self, trouble: Trouble, message: str) -> None:
        """Notes what ended the whole browser, at the page loaded last."""
        route, width = self.now
        self.keep(Visit(route, width, (Seen(trouble, message),)))

    def thumbnails(self) -> dict[str, bytes]:
        """The pictures, in the order of the routes."""
        return {route: self.pictures[route] for route in self._routes if route in self.pictures}

    def visits(self) -> tuple[Visit, ...]:
        """What was seen, in the order of the routes, whichever tab was first."""
        return tuple(
            sorted(
                self._visits, key=lambda visit: (visit.trying, self._routes.index(visit.route), visit.width)
            )
        )
