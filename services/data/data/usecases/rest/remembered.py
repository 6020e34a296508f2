"""What was made before, as far as it takes little room: what strangers ask decides how large it is."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_PART = 256


class Remembered(Generic[K, V]):
    """The values used last: `most` of them at most, which together take no more than `room`.

    One that would take more than a 256th of the room is not kept: it would push out too many others.
    """

    def __init__(self, most: int, room: int) -> None:
        self._most, self._room = most, room
        self._taken = 0
        self._known: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, if it is still kept."""
        found = self._known.get(key)
        if found is None:
            return None
        self._known.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keeps the value under a key that has none yet; `size` in the unit of `room`."""
        if size > self._room // _PART:
            return
        self._known[key] = value, size
        self._taken += size
        while len(self._known) > self._most or self._taken > self._room:
            _, (_, gone) = self._known.popitem(last=False)
            self._taken -= gone
