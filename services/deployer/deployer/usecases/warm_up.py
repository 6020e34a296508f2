"""Does once, at start, what the first deployment would otherwise wait for."""

from deployer.usecases.pools import Pools


async def warm_up(pools: Pools) -> None:
    """Make the assets bucket and learn the account's subdomain; the client remembers both."""
    await pools.workers.ensure_bucket(pools.settings.assets_bucket)
    if "{subdomain}" in pools.settings.app_url_template:
        await pools.workers.account_subdomain()
