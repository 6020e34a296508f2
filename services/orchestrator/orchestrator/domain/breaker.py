"""A circuit breaker: who fails time and again is left alone for a while, then tried by one request."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Circuit:
    """`failures` in a row, the last at `failed_at`; `probe_at`: when the next request may try it again."""

    failures: int = 0
    failed_at: float = 0.0
    probe_at: float | None = None


class Breaker:
    """Opens for a key after `threshold` failures in a row, none `seconds` after the one before.

    While it is open, a request may pass every `seconds`: if that succeeds it closes. Who asks nobody else
    instead need not ask whether it may; its results count all the same. `clock` in seconds.
    """

    def __init__(self, clock: Callable[[], float], *, threshold: int, seconds: float) -> None:
        self._clock = clock
        self._threshold = threshold
        self._seconds = seconds
        self._circuits: dict[str, _Circuit] = {}

    def allows(self, key: str) -> bool:
        """Whether a request may go out; it is the probe if the circuit is open, so send it then."""
        circuit = self._circuits.get(key)
        if circuit is None or circuit.probe_at is None:
            return True
        now = self._clock()
        if now < circuit.probe_at:
            return False
        circuit.probe_at = now + self._seconds  # if the probe's end is never heard of, another one goes then
        return True

    def is_open(self, key: str) -> bool:
        """Whether requests are kept from it, but for probes."""
        circuit = self._circuits.get(key)
        return circuit is not None and circuit.probe_at is not None

    def succeeded(self, key: str) -> None:
        """Closes the circuit."""
        self._circuits.pop(key, None)

    def failed(self, key: str) -> None:
        """Counts a failure that may pass."""
        now = self._clock()
        circuit = self._circuits.setdefault(key, _Circuit())
        if circuit.probe_at is None and now - circuit.failed_at > self._seconds:
            circuit.failures = 0
        circuit.failures, circuit.failed_at = circuit.failures + 1, now
        if circuit.failures >= self._threshold:
            circuit.probe_at = now + self._seconds
