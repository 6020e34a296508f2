"""The budget of calls to Cloudflare's API: a token bucket, and what Cloudflare itself says of its limit."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

# Of the limit at once, after a pause. The rest of it is the refill of a whole period, or a period that begins
# with a full bucket would see more calls than the limit.
_BURST = 0.25
# Calls kept for deployments that have begun: they end before others begin.
_RESERVE = 8
# Of the period: how much later than its token was taken a call may reach Cloudflare.
_LATE = 0.05


@dataclass(frozen=True)
class CallLimit:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float

    @property
    def burst(self) -> int:
        """As many calls may be made at once."""
        return max(1, int(self.calls * _BURST))

    @property
    def reserve(self) -> int:
        """As many calls are kept for deployments that have begun."""
        return min(_RESERVE, self.burst // 5)

    @property
    def per_second(self) -> float:
        """The refill."""
        return max(1, self.calls - self.burst) / (self.seconds * (1 + _LATE))

    @property
    def prepaid_seconds(self) -> float:
        """How long a token that was taken ahead may still be used."""
        return self.seconds * _LATE / 2


@dataclass(frozen=True)
class Quota:
    """Cloudflare's word: `left` more calls within the next `seconds`."""

    left: int
    seconds: float


@dataclass(frozen=True)
class Bucket:
    """`tokens` at the time `filled_at`; nothing is refilled before it, which may lie in the future."""

    tokens: float
    filled_at: datetime
    blocked_until: datetime | None = None

    @classmethod
    def full(cls, limit: CallLimit, now: datetime) -> Self:
        return cls(float(limit.burst), now)

    def at(self, limit: CallLimit, now: datetime) -> Self:
        """Refilled until now."""
        if now <= self.filled_at:
            return self
        refill = (now - self.filled_at).total_seconds() * limit.per_second
        return replace(self, tokens=min(float(limit.burst), self.tokens + refill), filled_at=now)

    def seconds_until(self, tokens: float, limit: CallLimit, now: datetime) -> float:
        """How long until it holds so many; 0 when it does."""
        bucket = self.at(limit, now)
        if bucket.tokens >= tokens:
            return 0.0
        return (bucket.filled_at - now).total_seconds() + (tokens - bucket.tokens) / limit.per_second

    def taken(self, limit: CallLimit, now: datetime) -> Self:
        """With one token less."""
        bucket = self.at(limit, now)
        return replace(bucket, tokens=bucket.tokens - 1)

    def corrected(self, quota: Quota, limit: CallLimit, now: datetime) -> Self:
        """With no more than Cloudflare says is left: others may use the same account."""
        bucket = self.at(limit, now)
        if quota.left >= bucket.tokens:
            return bucket
        until = now + timedelta(seconds=min(quota.seconds, limit.seconds))
        return replace(bucket, tokens=float(max(0, quota.left)), filled_at=until)

    def blocked(self, seconds: float, limit: CallLimit, now: datetime) -> Self:
        """Empty until Cloudflare takes calls again."""
        until = max(now + timedelta(seconds=seconds), self.blocked_until or now)
        return replace(self.at(limit, now), tokens=0.0, filled_at=until, blocked_until=until)
