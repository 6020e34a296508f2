"""Takes an app off Cloudflare in all its environments, and forgets it."""

from common.contracts import AppId
from common.deletion import note_deleted
from common.logging import get_logger
from common.work import revoke
from deployer.db import deployments, environments, secrets
from deployer.db.models import DeletedApp
from deployer.domain.deployment import script_name
from deployer.errors import CloudflareUnavailable
from deployer.usecases.outcome import close_failed
from deployer.usecases.resources import Resources
from deployer.usecases.together import together

APP_DELETED = "app_deleted"

logger = get_logger(__name__)


async def delete_app(resources: Resources, app_id: AppId) -> bool:
    """True when nothing of it is left, False when something is, which is removed in the background.

    Whoever deploys the app at this moment loses the lease. Files in R2 stay: other apps may share them.
    """
    async with resources.db.begin() as session:
        await note_deleted(session, DeletedApp, app_id)
        for environment in await environments.of_app(session, app_id, lock=True):
            if not environment.deleting:
                environment.deleting, environment.live = True, None
                revoke(environment)
        for row in await deployments.unfinished_of_app(session, app_id):
            close_failed(session, resources.outbox, row, APP_DELETED, "The app was deleted.")
        await secrets.remove_of_app(session, app_id)
    try:
        return await remove_scripts(resources, app_id)
    except CloudflareUnavailable as error:
        logger.warning("scripts not removed yet", app_id=app_id, reason=error.message)
        return False


async def remove_scripts(resources: Resources, app_id: str) -> bool:
    """Deletes a deleted app's Workers and then its rows; raises CloudflareUnavailable.

    False while a lease runs: its holder ends with the next renewal, but may still be uploading a Worker.
    """
    async with resources.db.begin() as session:
        if await environments.worked_on(session, app_id):
            return False
        found = await environments.of_app(session, app_id)
    await together(*(resources.workers.delete(script_name(app_id, item.environment)) for item in found))
    async with resources.db.begin() as session:
        await environments.remove_of_app(session, app_id)
        await deployments.remove_of_app(session, app_id)
    return True
