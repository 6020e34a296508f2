"""Brings an app's database to where a deployment's version needs it, before anything of that goes live."""

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Database:
    """The app's database in the environment, what its page is `told` of that, and what has to be applied."""

    told: Mapping[str, str]
    migrations: Mapping[str, str]

    async def migrate(self, resources: Resources, held: Held, row: Deployment) -> None:
        """Applies the migrations; again it changes nothing.

        Raises MigrationsRefused, which has changed nothing, DataUnavailable or LeaseLost.
        """
        async with resources.db.begin() as session:
            await held.lease.hold(session)
        assert resources.data is not None  # noqa: S101  # it was located there
        await resources.data.apply(
            row.app_id,
            Environment(row.environment),
            self.migrations,
            deployment_id=row.id,
            approved=row.approved,
        )


async def locate(resources: Resources, held: Held, row: Deployment) -> Database | None:
    """The app's database, made empty if there is none yet, and not migrated.

    None for a version that has no migrations, and where people have set another database: they migrate that.
    Raises NoDatabase, MigrationsMissing, DataUnavailable, or what the data service refuses.
    """
    if row.migrations is None or brings_database(held.values):
        return None
    if resources.data is None:
        raise NoDatabase(
            "The app has migrations, but this installation has no database for apps: set DATA_URL and "
            "DATA_TOKEN of the deployer, or have the app keep its data in the browser."
        )
    migrations = await _read(resources.objects, row.app_id, row.migrations)
    found = await resources.data.locate(row.app_id, Environment(row.environment))
    return Database({DATABASE_URL_NAME: found.url, DATABASE_KEY_NAME: found.publishable_key}, migrations)


async def _read(objects: ObjectStore, app_id: str, digest: str) -> dict[str, str]:
    try:
        files = unpack_files(await objects.get(migrations_key(app_id, digest)))
    except (NotFound, BrokenArchive) as error:
        raise MigrationsMissing(
            f"The migrations {digest} are not in the object store any more; build the version again.",
            migrations=digest,
        ) from error
    return {path: content.decode(errors="replace") for path, content in files.items()}
