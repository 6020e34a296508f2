"""What realms use, counted in this process until it is added up with what others have counted."""

from dataclasses import dataclass


@dataclass
class Counts:
    """Requests, the rows they read or changed, and the bytes of their answers."""

    requests: int = 0
    rows: int = 0
    bytes_out: int = 0


class Meter:
    """Counts by realm."""

    def __init__(self) -> None:
        self._counted: dict[str, Counts] = {}

    def note(self, ref: str, rows: int, bytes_out: int) -> None:
        """Notes one answered request."""
        counts = self._counted.setdefault(ref, Counts())
        counts.requests += 1
        counts.rows += rows
        counts.bytes_out += bytes_out

    def take(self) -> dict[str, Counts]:
        """What was counted since this was called last, which counts from nothing again."""
        taken, self._counted = self._counted, {}
        return taken

    def give_back(self, taken: dict[str, Counts]) -> None:
        """Counts again what could not be added up."""
        for ref, more in taken.items():
            counts = self._counted.setdefault(ref, Counts())
            counts.requests += more.requests
            counts.rows += more.rows
            counts.bytes_out += more.bytes_out
