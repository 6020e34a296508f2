"""The row of an account's budget of calls; the caller owns the transaction."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from deployer.db.models import CallBudget
from deployer.domain.calls import Bucket, CallLimit


async def lock(session: AsyncSession, account_id: str, limit: CallLimit) -> tuple[CallBudget, datetime]:
    """The row, made full unless it is there, locked; and the time by the database's clock."""
    query = select(CallBudget, func.clock_timestamp()).where(CallBudget.account_id == account_id)
    while (found := (await session.execute(query.with_for_update())).first()) is None:
        new = insert(CallBudget).values(
            account_id=account_id, tokens=float(limit.burst), filled_at=func.clock_timestamp()
        )
        await session.execute(new.on_conflict_do_nothing())
    return found[0], found[1]


def bucket_of(row: CallBudget) -> Bucket:
    return Bucket(row.tokens, row.filled_at, row.blocked_until)


def store(row: CallBudget, bucket: Bucket) -> None:
    row.tokens, row.filled_at, row.blocked_until = bucket.tokens, bucket.filled_at, bucket.blocked_until


async def blocked_until(session: AsyncSession, account_id: str) -> datetime | None:
    """None when Cloudflare takes calls."""
    return await session.scalar(
        select(CallBudget.blocked_until).where(
            CallBudget.account_id == account_id, CallBudget.blocked_until > func.now()
        )
    )
