"""Which realms there are, kept in memory: every request of an app begins with that."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from common.errors import Timeout, Unavailable
from data.db.models import Realm

CHANNEL = "data_realms"
"""Where Postgres announces the ref of a realm that is new, changed or gone."""

_MOST = 10_000
_FRESH_SECONDS = 30.0
_AWAY_SECONDS = 2.0


class KnownRealms:
    """The realms asked for last. What Postgres announces is forgotten at once.

    While the control plane's database is away, apps go on with what is known: they do not depend on it.
    """

    def __init__(self, load: Callable[[str], Awaitable[Realm]]) -> None:
        self._load = load
        self._realms: OrderedDict[str, tuple[Realm, float]] = OrderedDict()

    async def find(self, ref: str) -> Realm:
        """The realm; raises RealmNotFound, or Unavailable where nothing is known of it yet."""
        known = self._realms.get(ref)
        if known is not None and time.monotonic() < known[1]:
            self._realms.move_to_end(ref)
            return known[0]
        try:
            realm = await self._load(ref)
        except (Unavailable, Timeout):
            if known is None:
                raise
            self._keep(ref, known[0], _AWAY_SECONDS)
            return known[0]
        except BaseException:
            self._realms.pop(ref, None)
            raise
        self._keep(ref, realm, _FRESH_SECONDS)
        return realm

    def heard(self, ref: str | None) -> None:
        """Takes note of a change; None: some may have been missed."""
        for changed in list(self._realms) if ref is None else [ref]:
            if changed in self._realms:
                self._realms[changed] = (self._realms[changed][0], 0.0)

    def _keep(self, ref: str, realm: Realm, seconds: float) -> None:
        self._realms[ref] = (realm, time.monotonic() + seconds)
        self._realms.move_to_end(ref)
        if len(self._realms) > _MOST:
            self._realms.popitem(last=False)
