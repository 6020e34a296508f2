"""What `look` needs from outside a run's files: what a browser saw last, and its pictures."""

from collections.abc import Iterable, Sequence
from typing import Any

from common.contracts import PagesChecked, Thumbnail, thumbnail_key
from common.errors import AppError
from common.logging import get_logger
from orchestrator.db import deployments
from orchestrator.domain.tools import ToolOutcome
from orchestrator.usecases.resources import Resources

logger = get_logger(__name__)


async def last_pages(
    resources: Resources, app_id: str, calls: Iterable[dict[str, Any]]
) -> PagesChecked | None:
    """What a browser saw of the app last; None as well when no call asks for it."""
    if not any(call["name"] == "look" for call in calls):
        return None
    async with resources.db.begin() as session:
        build = await deployments.last_seen(session, app_id)
        return None if build is None else PagesChecked.model_validate(build.pages)


async def pictures_of(
    resources: Resources, pages: PagesChecked | None, outcomes: Sequence[ToolOutcome]
) -> list[bytes | None]:
    """The picture of each outcome. One that cannot be had is left out: the words say as much."""
    if pages is None or not resources.settings.model_sees:
        return [None] * len(outcomes)
    return [await _picture(resources, pages, outcome.picture) for outcome in outcomes]


async def _picture(resources: Resources, pages: PagesChecked, wanted: Thumbnail | None) -> bytes | None:
    if wanted is None:
        return None
    try:
        return await resources.objects.get(thumbnail_key(pages.app_id, pages.artifact_digest, wanted.number))
    except AppError as error:
        logger.info("picture of a page not shown", reason=error.message)
        return None
