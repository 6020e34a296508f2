"""Brings an app's database to where a deployment's version needs it, before anything of that goes live."""

from common.contracts import (
    DATABASE_KEY_NAME,
    DATABASE_URL_NAME,
    BrokenArchive,
    Environment,
    migrations_key,
    unpack_files,
)
from common.errors import NotFound
from common.objects import ObjectStore
from deployer.db.models import Deployment
from deployer.domain.secrets import brings_database
from deployer.errors import MigrationsMissing, NoDatabase
from deployer.usecases.live_script import Held
from deployer.usecases.resources import Resources


async def migrate(resources: Resources, held: Held, row: Deployment) -> dict[str, str]:
    """What the app's page is told of its database, whose migrations are applied now.

    Nothing for a version that has none, and where people have set another database: they migrate that.
    Raises MigrationsRefused, which has changed nothing, DataUnavailable or LeaseLost.
    """
    if row.migrations is None or brings_database(held.values):
        return {}
    if resources.data is None:
        raise NoDatabase(
            "The app has migrations, but this installation has no database for apps: set DATA_URL and "
            "DATA_TOKEN of the deployer, or have the app keep its data in the browser."
        )
    migrations = await _read(resources.objects, row.app_id, row.migrations)
    async with resources.db.begin() as session:
        await held.lease.hold(session)
    applied = await resources.data.apply(
        row.app_id,
        Environment(row.environment),
        migrations,
        deployment_id=row.id,
        approved=row.approved,
    )
    return {DATABASE_URL_NAME: applied.url, DATABASE_KEY_NAME: applied.publishable_key}


async def _read(objects: ObjectStore, app_id: str, digest: str) -> dict[str, str]:
    try:
        files = unpack_files(await objects.get(migrations_key(app_id, digest)))
    except (NotFound, BrokenArchive) as error:
        raise MigrationsMissing(
            f"The migrations {digest} are not in the object store any more; build the version again.",
            migrations=digest,
        ) from error
    return {path: content.decode(errors="replace") for path, content in files.items()}
