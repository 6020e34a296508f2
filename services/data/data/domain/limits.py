"""What one realm may take: rows a second, paid after they were read, and bytes of storage."""

from collections import OrderedDict
from dataclasses import dataclass

_KNOWN = 10_000


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RowBudget:
    """A token bucket for each realm, of `burst` rows refilled by `per_second`; times in seconds.

    How many rows a request answers is known when it has answered them: one may begin while there are tokens,
    and who has overdrawn waits until the debt is paid. Realms that were not heard of for longest are
    forgotten, which gives them a full bucket.
    """

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, ref: str, now: float) -> float:
        """How long the realm has to wait before its next request; 0 when it may begin."""
        bucket = self._filled(ref, now)
        return max(0.0, -bucket.tokens / self._per_second)

    def take(self, ref: str, rows: int, now: float) -> None:
        """Notes what a request has answered."""
        self._filled(ref, now).tokens -= rows

    def _filled(self, ref: str, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(ref, _Bucket(self._burst, now))
        self._buckets.move_to_end(ref)
        if len(self._buckets) > _KNOWN:
            self._buckets.popitem(last=False)
        passed = max(0.0, now - bucket.filled_at)
        bucket.tokens = min(self._burst, bucket.tokens + passed * self._per_second)
        bucket.filled_at = max(now, bucket.filled_at)
        return bucket
