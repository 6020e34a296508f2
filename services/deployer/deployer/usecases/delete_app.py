"""Takes an app off Cloudflare in all its environments, and forgets it."""

from common.contracts import AppId
from common.deletion import note_deleted
from common.work import revoke
from deployer.db import deployments, environments, secret_events, secrets
from deployer.db.models import DeletedApp
from deployer.usecases.live_script import hold
from deployer.usecases.outcome import close_failed
from deployer.usecases.resources import Resources
from deployer.usecases.settle import settle
from deployer.usecases.together import together

APP_DELETED = "app_deleted"


async def delete_app(resources: Resources, app_id: AppId) -> bool:
    """True when nothing of it is left, False when something is, which is removed in the background.

    Whoever deploys the app at this moment loses the lease. Its files in R2 are removed in the background,
    without those that other apps share.
    """
    async with resources.db.begin() as session:
        await note_deleted(session, DeletedApp, app_id)
        found = await environments.of_app(session, app_id, lock=True)
        for environment in found:
            if not environment.deleting:
                environment.deleting, environment.live = True, None
                revoke(environment)
            await environments.mark_unsettled(session, environment, "The app was deleted.")
        for row in await deployments.unfinished_of_app(session, app_id):
            close_failed(session, resources.outbox, row, APP_DELETED, "The app was deleted.")
        await secrets.remove_of_app(session, app_id)
        await secret_events.remove_of_app(session, app_id)
    await together(*(_remove(resources, app_id, row.environment) for row in found))
    async with resources.db.begin() as session:
        return not await environments.of_app(session, app_id)


async def _remove(resources: Resources, app_id: str, environment: str) -> None:
    """Unless a lease runs: its holder ends with the next renewal, but may still be uploading a Worker."""
    async with resources.db.begin() as session:
        seconds = resources.settings.lease_seconds
        lease = await environments.claim(session, app_id, environment, seconds, deleting=True)
        held = None if lease is None else await hold(session, lease)
    if held is not None:
        await settle(resources, held)
