"""Applying an app's migrations: all of those that are pending in one transaction, or none."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from common.contracts import DestructiveStep, Environment, MigrationFinding
from common.deletion import is_deleted
from common.logging import get_logger
from data.clients.realm_transaction import RealmTransaction
from data.db.models import DeletedApp, Realm
from data.domain.migrations import Applied, blocked, pending
from data.domain.realm import Names
from data.domain.sql.findings import Finding
from data.domain.sql.parse import Migration
from data.errors import MigrationChanged, MigrationFailed, MigrationNeedsApproval, RealmNotFound
from data.usecases.migrate.back_up import back_up
from data.usecases.migrate.losses import losses
from data.usecases.migrate.perform import perform
from data.usecases.migrate.session import in_transaction, read
from data.usecases.realms import make_realm
from data.usecases.resources import Resources

logger = get_logger(__name__)


class _BackUpFirst(Exception):
    """Something that is stored would be lost, and there is no dump of it."""


async def apply(
    resources: Resources,
    app_id: str,
    environment: Environment,
    files: Mapping[str, str],
    *,
    deployment_id: str | None,
    approved: Collection[str],
) -> tuple[Realm, Sequence[str]]:
    """Brings the app's database to where the files have it; answers the paths that were not applied before.

    Raises MigrationFailed, MigrationChanged, MigrationNeedsApproval, MigrationBusy, RealmNotFound, ShardAway;
    then nothing has changed.
    """
    migrations, findings = await read(files)
    if blocked(findings):
        raise failed(findings)
    realm = await make_realm(resources, app_id, environment)
    names, shard = Names(realm.ref), resources.shards[realm.shard]
    patience = resources.settings.migration_patience()
    work = partial(_apply, resources, realm, migrations, deployment_id, approved)
    try:
        applied = await in_transaction(patience, shard, names, work)
    except _BackUpFirst:  # nothing was begun; the dump sees the realm from a connection of its own
        await back_up(resources, realm, deployment_id)
        applied = await in_transaction(patience, shard, names, partial(work, backed_up=True))
    if applied:
        logger.info("migrations applied", realm=realm.ref, migrations=len(applied))
    return realm, applied


async def _apply(
    resources: Resources,
    realm: Realm,
    migrations: Sequence[Migration],
    deployment_id: str | None,
    approved: Collection[str],
    tx: RealmTransaction,
    *,
    backed_up: bool = False,
) -> Sequence[str]:
    todo, _ = pending(migrations, await tx.applied())
    steps = await losses(tx, todo)
    if realm.environment == Environment.PRODUCTION:
        _require_approval(steps, approved)
    if not backed_up and any(step.lost for step in steps):
        raise _BackUpFirst
    done = await perform(tx, migrations)
    if done.blocked:
        raise failed(done.findings)
    await _record(tx, done.todo, deployment_id)
    async with resources.db.begin() as session:  # a deletion of the app comes before this, or after it
        if await is_deleted(session, DeletedApp, realm.app_id):
            raise RealmNotFound("The app has been deleted.")
        await tx.commit()
    return [one.path for one in done.todo]


def failed(findings: Sequence[Finding]) -> MigrationFailed | MigrationChanged:
    """The error that says what is wrong; `findings` are all that was found, warnings too."""
    first = next(found for found in findings if blocked([found]))
    message = f"{first.file}:{first.line}: {first.message}"
    kind = MigrationChanged if first.code == "migration_changed" else MigrationFailed
    return kind(message, findings=[shown(found).model_dump() for found in findings])


def shown(finding: Finding) -> MigrationFinding:
    """The finding as other services are told it."""
    return MigrationFinding(
        file=finding.file,
        line=finding.line,
        column=finding.column,
        code=finding.code,
        level="error" if blocked([finding]) else "warning",
        message=finding.message,
        hint=finding.hint or None,
    )


def _require_approval(steps: Sequence[DestructiveStep], approved: Collection[str]) -> None:
    missing = [step for step in steps if step.file not in approved]
    if missing:
        files = ", ".join(dict.fromkeys(step.file for step in missing))
        raise MigrationNeedsApproval(
            f"What {files} would take away needs your approval in production.",
            destructive=[step.model_dump() for step in missing],
        )


async def _record(tx: RealmTransaction, todo: Sequence[Migration], deployment_id: str | None) -> None:
    for one in todo:
        await tx.record(Applied(one.number, one.path, one.digest), one.source.sql, deployment_id)
    if todo:
        await tx.count_up()
