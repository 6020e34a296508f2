"""Queries over package sets; the caller owns the transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from builder.db.models import PackageSet
from builder.domain.packages.lockfile import Entry
from common.clock import utcnow
from common.contracts import PackageAdvisory
from common.contracts.templates import TemplateRef


async def get(session: AsyncSession, key: str) -> PackageSet | None:
    return await session.get(PackageSet, key)


async def note(
    session: AsyncSession, key: str, template: TemplateRef, entries: Sequence[Entry], wanted: Sequence[str]
) -> None:
    """Notes that these packages were resolved; harmless when they were before."""
    packages = [{"path": one.path, "about": _kept(one)} for one in entries]
    statement = insert(PackageSet).values(key=key, template=template, packages=packages, wanted=list(wanted))
    await session.execute(statement.on_conflict_do_nothing())


async def audited(session: AsyncSession, key: str, advisories: Sequence[PackageAdvisory] | None) -> None:
    """Notes what is known against a set by now; None: nobody could say, and what was known stays."""
    now = utcnow()
    noted: dict[str, Any] = {"audit_tried_at": now}
    if advisories is not None:
        noted |= {"advisories": [one.model_dump() for one in advisories], "audited_at": now}
    await session.execute(update(PackageSet).where(PackageSet.key == key).values(noted))


async def begin_audit(session: AsyncSession, key: str, *, fresh: timedelta, again: timedelta) -> bool:
    """Whether what is known is no longer fresh and nobody has just tried: then the caller does."""
    now = utcnow()
    known, tried = PackageSet.audited_at, PackageSet.audit_tried_at
    due = or_(known.is_(None), known < now - fresh), or_(tried.is_(None), tried < now - again)
    statement = update(PackageSet).where(PackageSet.key == key, *due).values(audit_tried_at=now)
    return (await session.execute(statement.returning(PackageSet.key))).first() is not None


def entries_of(row: PackageSet) -> list[Entry]:
    """What was resolved, as far as it is kept."""
    return [Entry(one["path"], one["about"]) for one in row.packages]


def _kept(entry: Entry) -> dict[str, str]:
    return {"name": entry.name, "version": entry.version, "license": entry.license}
