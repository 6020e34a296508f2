"""Whether somebody waits for what a sandbox does, and by that its share of the processor."""

from contextlib import suppress

from builder.clients.sandbox.bounds import Bounds


class Urgency:
    """Of one piece of work, in however many sandboxes; `rise` makes it urgent in the middle of it."""

    def __init__(self, *, wanted: bool = True) -> None:
        self._wanted = wanted
        self._bounds: list[Bounds] = []

    def apply(self, bounds: Bounds) -> None:
        """Gives a sandbox its share, now and when that changes."""
        self._bounds.append(bounds)
        if self._wanted:
            bounds.claim_cpu()
        else:
            bounds.yield_cpu()

    def leave(self, bounds: Bounds) -> None:
        """Has a sandbox that is done with it give way to all other work."""
        self._bounds.remove(bounds)
        with suppress(OSError):  # it may be gone by now
            bounds.rest()

    def rise(self) -> None:
        """Somebody waits for it from now on."""
        self._wanted = True
        for bounds in self._bounds:
            with suppress(OSError):  # it may be gone by now
                bounds.claim_cpu()
