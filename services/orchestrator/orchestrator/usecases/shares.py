"""A team's share of the platform: how many runs it may send for, and let wait."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db import runs, teams
from orchestrator.errors import QueueFull, RateLimited
from orchestrator.metrics import REFUSALS
from orchestrator.usecases.resources import Shares

_QUEUE_SECONDS = 10.0


async def take_share(session: AsyncSession, shares: Shares, team_id: str) -> None:
    """Counts one more run of the team; raises RateLimited or QueueFull.

    The team's row is locked until the caller's transaction ends, which counts nothing when it fails.
    """
    seconds = await teams.count_run(session, team_id, per_minute=shares.per_minute)
    if seconds > 0:
        REFUSALS.labels(RateLimited.code).inc()
        limited = RateLimited(
            f"Your team may send for {shares.per_minute} runs a minute; send this one again later.",
            limit=shares.per_minute,
        )
        limited.retry_after = seconds
        raise limited
    if await runs.count_queued(session, team_id) >= shares.queued:
        REFUSALS.labels(QueueFull.code).inc()
        full = QueueFull(
            f"{shares.queued} messages of your team wait for their runs, no more may: send this one again "
            "when some of them have begun, or cancel what is not needed.",
            limit=shares.queued,
        )
        full.retry_after = _QUEUE_SECONDS
        raise full
