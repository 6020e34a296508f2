"""Queries over package sets; the caller owns the transaction."""

from collections.abc import Sequence

from sqlalchemy import update
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


async def audited(session: AsyncSession, key: str, advisories: Sequence[PackageAdvisory]) -> None:
    """Notes what is known against a set by now."""
    found = [one.model_dump() for one in advisories]
    statement = update(PackageSet).where(PackageSet.key == key)
    await session.execute(statement.values(advisories=found, audited_at=utcnow()))


def entries_of(row: PackageSet) -> list[Entry]:
    """What was resolved, as far as it is kept."""
    return [Entry(one["path"], one["about"]) for one in row.packages]


def _kept(entry: Entry) -> dict[str, str]:
    return {"name": entry.name, "version": entry.version, "license": entry.license}
