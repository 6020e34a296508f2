"""Queries over browser checks; the caller owns the transaction."""

from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from builder.db.models import Build, PageCheck
from common import work
from common.contracts import PagesChecked, PagesState
from common.work import Lease


async def claim_next(
    session: AsyncSession, seconds: float, *, delay: float
) -> tuple[PageCheck, Build, Lease[PageCheck]] | None:
    """The oldest check that nobody is at, with its build and its lease; its attempt is begun.

    `delay`: how many seconds after the build's end it is due.
    """
    due = or_(PageCheck.retry_at.is_(None), PageCheck.retry_at <= func.now())
    ended = PageCheck.created_at <= func.now() - timedelta(seconds=delay)
    query = (
        select(PageCheck)
        .where(PageCheck.result.is_(None), work.is_free(PageCheck), due, ended)
        .order_by(PageCheck.created_at, PageCheck.build_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    check = await session.scalar(query)
    if check is None:
        return None
    lease = await work.claim(session, PageCheck, (check.build_id,), seconds)
    build = await session.get(Build, check.build_id)
    if lease is None or build is None:
        return None
    await session.refresh(check, ["lease_token", "lease_until"])
    check.begin_attempt()
    return check, build, lease


async def earlier(session: AsyncSession, build: Build) -> PagesChecked | None:
    """What was seen of the very same artifact before, if it was seen."""
    query = (
        select(PageCheck.result)
        .join(Build, Build.id == PageCheck.build_id)
        .where(
            Build.app_id == build.app_id,
            Build.artifact_digest == build.artifact_digest,
            Build.id != build.id,
            PageCheck.result.is_not(None),
            PageCheck.result["state"].astext != PagesState.UNCHECKED.value,
        )
        .order_by(Build.id.desc())
        .limit(1)
    )
    found = await session.scalar(query)
    return None if found is None else PagesChecked.model_validate(found)
