"""Takes an app off Cloudflare in all its environments."""

from common.contracts import AppId
from common.logging import get_logger
from deployer.db import deployments, environments, secrets
from deployer.domain.deployment import script_name
from deployer.errors import CloudflareUnavailable
from deployer.usecases.outcome import close_failed
from deployer.usecases.pools import Pools
from deployer.usecases.together import together

APP_DELETED = "app_deleted"

logger = get_logger(__name__)


async def delete_app(pools: Pools, app_id: AppId) -> bool:
    """True when nothing of it serves any more, False when Cloudflare must be asked again, which will happen.

    Whoever deploys the app at this moment loses the lease. Files in R2 stay: other apps may share them.
    """
    async with pools.db.begin() as session:
        for place in await environments.of_app(session, app_id, lock=True):
            place.deleting, place.live = True, None
            place.lease_token += 1
            place.lease_until = None
        for row in await deployments.unfinished_of_app(session, app_id):
            close_failed(session, pools.outbox, row, APP_DELETED, "The app was deleted.")
        await secrets.remove_of_app(session, app_id)
    try:
        await remove_scripts(pools, app_id)
    except CloudflareUnavailable as error:
        logger.warning("scripts not removed yet", app_id=app_id, reason=error.message)
        return False
    return True


async def remove_scripts(pools: Pools, app_id: str) -> None:
    """Delete the Workers of every environment marked so; raises CloudflareUnavailable."""
    async with pools.db.begin() as session:
        marked = [place.environment for place in await environments.of_app(session, app_id) if place.deleting]
    await together(*(pools.workers.delete(script_name(app_id, environment)) for environment in marked))
    async with pools.db.begin() as session:
        for place in await environments.of_app(session, app_id, lock=True):
            if place.environment in marked:
                place.deleting, place.subdomain_enabled, place.secret_names = False, False, []
