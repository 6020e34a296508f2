"""Finds what stands still: work nobody does, builds that never came, deletions that were cut off."""

from common.clock import utcnow
from common.errors import AppError
from common.logging import get_logger
from deployer.db import deployments, environments
from deployer.usecases import events
from deployer.usecases.delete_app import remove_scripts
from deployer.usecases.outcome import close_failed
from deployer.usecases.resources import Resources

BUILD_MISSING = "build_missing"

logger = get_logger(__name__)


async def reconcile(resources: Resources) -> int:
    """How many pieces of work were moved on."""
    settings = resources.settings
    async with resources.db.begin() as session:
        still = await deployments.standing_still(session, seconds=settings.reconcile_seconds)
        for row in still:
            row.updated_at = utcnow()
            events.requested_again(resources.outbox, session, row)
        late = await deployments.without_build(session, seconds=settings.build_wait_seconds)
        for row in late:
            message = f"Its build did not finish within {settings.build_wait_seconds:.0f} s; deploy again."
            close_failed(session, resources.outbox, row, BUILD_MISSING, message)
        half_deleted = await environments.deleting(session)
    removed = [await _remove(resources, app_id) for app_id in half_deleted]
    return len(still) + len(late) + sum(removed)


async def _remove(resources: Resources, app_id: str) -> bool:
    """Whether nothing of the app is left; one that cannot be removed now holds up no other."""
    try:
        return await remove_scripts(resources, app_id)
    except AppError as error:
        logger.warning("scripts not removed yet", app_id=app_id, code=error.code, reason=error.message)
        return False
