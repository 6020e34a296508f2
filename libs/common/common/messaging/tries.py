"""What a process has tried with the messages it was given: JetStream counts deliveries, not failures."""

from collections import OrderedDict
from dataclasses import dataclass

_MOST = 1000


@dataclass
class Tried:
    """`failures`: the handler failed unexpectedly. `waits`: what it needs was away."""

    failures: int = 0
    waits: int = 0


class Tries:
    """The last 1,000 messages that were not done at once, by id. A kill forgets them: it is no failure."""

    def __init__(self) -> None:
        self._tried: OrderedDict[str, Tried] = OrderedDict()

    def of(self, message_id: str) -> Tried:
        """What was tried so far; a message not known here was not."""
        return self._tried.get(message_id, Tried())

    def failed(self, message_id: str) -> Tried:
        """Counts a failure."""
        tried = self._kept(message_id)
        tried.failures += 1
        return tried

    def waited(self, message_id: str) -> Tried:
        """Counts that what the handler needs was away."""
        tried = self._kept(message_id)
        tried.waits += 1
        return tried

    def forget(self, message_id: str) -> None:
        """For a message that has come to its end."""
        self._tried.pop(message_id, None)

    def _kept(self, message_id: str) -> Tried:
        tried = self._tried[message_id] = self._tried.pop(message_id, Tried())
        if len(self._tried) > _MOST:
            self._tried.popitem(last=False)
        return tried
