"""What `look` needs from outside a run's files: what a browser saw last, and its pictures."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import PagesChecked, Thumbnail, thumbnail_key
from common.errors import AppError
from common.logging import get_logger
from orchestrator.db import deployments
from orchestrator.db.models import Build
from orchestrator.db.runs import Lease
from orchestrator.domain.findings import Seen, warnings
from orchestrator.domain.tools import ToolOutcome
from orchestrator.domain.tree import Tree
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.waiting import wait_for

logger = get_logger(__name__)


async def last_seen(resources: Resources, lease: Lease, tree: Tree) -> Seen | None:
    """What a browser saw of the app last, if it has seen it.

    When the run had exactly these files built a moment ago, a browser is about to look at them: it is waited
    for that.
    """
    digest = tree.digest()
    async with resources.db.begin() as session:
        build = await deployments.checked_build(session, lease.run_id, digest)
    if build is not None and build.artifact is not None and build.finished_at is not None:
        seconds = resources.settings.pages_seconds - (utcnow() - build.finished_at).total_seconds()
        await wait_for(resources, lease, partial(_pages_of, build.id), seconds)
    async with resources.db.begin() as session:
        newest = await deployments.last_seen(session, lease.app_id)
        if newest is None:
            return None
        current = newest.tree_digest == digest
        return Seen(PagesChecked.model_validate(newest.pages), current, warnings(newest.result))


async def _pages_of(build_id: str, session: AsyncSession) -> dict[str, Any] | None:
    return (await session.get_one(Build, build_id)).pages


async def pictures_of(
    resources: Resources, seen: Seen | None, outcomes: Sequence[ToolOutcome]
) -> list[bytes | None]:
    """The picture of each outcome. One that cannot be had is left out: the words say as much."""
    if seen is None or not resources.settings.model_sees:
        return [None] * len(outcomes)
    return [await _picture(resources, seen.pages, outcome.picture) for outcome in outcomes]


async def _picture(resources: Resources, pages: PagesChecked, wanted: Thumbnail | None) -> bytes | None:
    if wanted is None:
        return None
    try:
        return await resources.objects.get(thumbnail_key(pages.app_id, pages.artifact_digest, wanted.number))
    except AppError as error:
        logger.info("picture of a page not shown", reason=error.message)
        return None
