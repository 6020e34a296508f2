"""Deployments asked of the deployer: their rows made, their messages sent."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import DeploymentState, DeployRequested, Environment
from common.contracts.events import DeployStartedEvent
from common.ids import new_id
from common.messaging.outbox import Outbox
from common.messaging.streams import DEPLOY_SUBJECT
from orchestrator.db import apps, deployments, events
from orchestrator.db.models import Build, Deployment, Run


def send_request(session: AsyncSession, outbox: Outbox, deployment: Deployment, artifact: str | None) -> None:
    """Sends the deployment's message, for the first time or again."""
    request = DeployRequested(
        deployment_id=deployment.id, app_id=deployment.app_id, run_id=deployment.run_id,
        environment=Environment(deployment.environment), version=deployment.version,
        build_id=deployment.build_id, artifact=artifact, rollback_of=deployment.rollback_of,
        migrations=deployment.migrations, approved=tuple(deployment.approved),
    )  # fmt: skip
    outbox.add(session, DEPLOY_SUBJECT, request)


async def add_deployment(
    session: AsyncSession,
    *,
    app_id: str,
    environment: Environment,
    version: int,
    state: DeploymentState,
    build_id: str | None,
    run_id: str | None = None,
    rollback_of: str | None = None,
    migrations: str | None,
    approved: Sequence[str] = (),
) -> Deployment:
    """Adds the row and tells of it; the message to the deployer is the caller's.

    `migrations`: see `domain.migrations.migrations_digest`.
    """
    now = utcnow()
    deployment = Deployment(
        id=new_id("dep"), app_id=app_id, run_id=run_id, environment=environment, version=version, state=state,
        build_id=build_id, rollback_of=rollback_of, requested_at=now, created_at=now,
        migrations=migrations, approved=list(approved),
    )  # fmt: skip
    session.add(deployment)
    started = DeployStartedEvent(
        run_id=run_id, deployment_id=deployment.id, environment=environment, version=version,
        rollback_of=rollback_of,
    )  # fmt: skip
    await events.append(session, app_id, started)
    return deployment


async def put_back(session: AsyncSession, outbox: Outbox, run: Run) -> None:
    """Has the app be again what it was before a run whose version was live and did not work.

    Where nothing that works was live before, the version stays: there is nothing better to go on from. What a
    user has put in its place meanwhile stays live.
    """
    earlier = await deployments.live_before(session, run)
    if earlier is None or not await deployments.failed_in_browser(session, run):
        return
    await apps.set_head(session, run.app_id, run.base_version)
    if await deployments.taken_over(session, run):
        return
    build = await session.get(Build, earlier.build_id) if earlier.build_id else None
    deployment = await add_deployment(
        session, app_id=run.app_id, environment=Environment(earlier.environment), version=earlier.version,
        state=DeploymentState.DEPLOYING, build_id=earlier.build_id,
        rollback_of=earlier.rollback_of or earlier.id, migrations=earlier.migrations,
    )  # fmt: skip
    send_request(session, outbox, deployment, build.artifact if build else None)
