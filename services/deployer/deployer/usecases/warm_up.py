"""Does once, at start, what the first deployment would otherwise wait for."""

from deployer.usecases.resources import Resources


async def warm_up(resources: Resources) -> None:
    """Make the assets bucket and learn the account's subdomain; the client remembers both."""
    await resources.workers.ensure_bucket(resources.settings.assets_bucket)
    if "{subdomain}" in resources.settings.app_url_template:
        await resources.workers.account_subdomain()
