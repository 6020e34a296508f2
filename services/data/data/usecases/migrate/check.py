"""Trying out an app's migrations: what applying them would bring, of which nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.contracts import DestructiveStep, Environment
from data.clients.realm_transaction import RealmTransaction
from data.domain.catalog import Catalog
from data.domain.migrations import blocked, pending
from data.domain.realm import Names
from data.domain.sql.findings import Finding
from data.usecases.migrate.losses import losses
from data.usecases.migrate.perform import perform
from data.usecases.migrate.session import in_transaction, read
from data.usecases.realms import make_realm
from data.usecases.resources import Resources


@dataclass(frozen=True, slots=True)
class Checked:
    """`catalog` is the schema as it would be, None where the migrations do not get so far."""

    findings: Sequence[Finding]
    pending: Sequence[str] = ()
    destructive: Sequence[DestructiveStep] = ()
    catalog: Catalog | None = None


async def check(
    resources: Resources, app_id: str, environment: Environment, files: Mapping[str, str]
) -> Checked:
    """Runs what is pending in the app's own schema, in a transaction that is undone.

    Raises MigrationBusy, RealmNotFound and ShardAway; whatever is wrong with the migrations is a finding.
    """
    migrations, findings = await read(files)
    if blocked(findings):
        return Checked(findings)
    realm = await make_realm(resources, app_id, environment)

    async def work(tx: RealmTransaction) -> Checked:
        todo, _ = pending(migrations, await tx.applied())
        steps = await losses(tx, todo)
        done = await perform(tx, migrations)
        paths = [one.path for one in done.todo]
        return Checked([*findings, *done.findings], paths, steps, done.catalog)

    return await in_transaction(
        resources.settings.migration_patience(), resources.shards[realm.shard], Names(realm.ref), work
    )
