"""Deployments: asked for by a run or a user, and followed to their end."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import (
    UNFINISHED_DEPLOYMENT,
    BuildMode,
    BuildState,
    DeploymentFinished,
    DeploymentProgressed,
    DeploymentState,
    DeployRequested,
    Environment,
    RunState,
)
from common.contracts.events import DeployFinishedEvent, DeployStartedEvent, VersionCreatedEvent
from common.ids import new_id
from common.messaging.inbox import first_time
from common.messaging.outbox import Outbox
from common.messaging.streams import (
    DEPLOY_SUBJECT,
    ORCHESTRATOR_DEPLOYMENT_FINISHED,
    ORCHESTRATOR_DEPLOYMENT_PROGRESSED,
)
from orchestrator.db import apps, deployments, events, runs
from orchestrator.db.models import App, Build, Deployment, Inbox, Run
from orchestrator.domain.text import storable, storable_json
from orchestrator.domain.tree import Tree
from orchestrator.errors import DeploymentFailed, NotRollbackable, ScriptTooLarge, VersionNotFound
from orchestrator.usecases.build_requests import add_build, upload_source
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import fail_run, move, succeed_run

_ARTIFACT_MISSING = "artifact_missing"
_MODES = {Environment.PREVIEW: BuildMode.PREVIEW}


def send_request(session: AsyncSession, outbox: Outbox, deployment: Deployment, artifact: str | None) -> None:
    """Sends the deployment's message, for the first time or again."""
    request = DeployRequested(
        deployment_id=deployment.id, app_id=deployment.app_id, run_id=deployment.run_id,
        environment=Environment(deployment.environment), version=deployment.version,
        build_id=deployment.build_id, artifact=artifact, rollback_of=deployment.rollback_of,
    )  # fmt: skip
    outbox.add(session, DEPLOY_SUBJECT, request)


async def deploy_run(session: AsyncSession, outbox: Outbox, run: Run, build: Build) -> None:
    """After a green build: the run's files become the app's next version, which goes live as preview."""
    tree = Tree.from_json(run.tree or {})
    version = await apps.add_version(
        session, app_id=run.app_id, tree=tree, origin="run", summary=run.summary or "", run_id=run.id
    )
    run.version = version.number
    created = VersionCreatedEvent(
        run_id=run.id, version=version.number, origin="run", files=len(tree), summary=run.summary
    )
    await events.append(session, run.app_id, created)
    deployment = await _add(
        session, app_id=run.app_id, environment=Environment.PREVIEW, version=version.number,
        state=DeploymentState.DEPLOYING, build_id=build.id, run_id=run.id,
    )  # fmt: skip
    run.deployment_id = deployment.id
    move(run, RunState.DEPLOYING)
    send_request(session, outbox, deployment, build.artifact)


async def continue_deployments(
    session: AsyncSession, outbox: Outbox, waiting: Sequence[Deployment], build: Build
) -> None:
    """Moves on the deployments that users asked for and that waited for this build, which is final."""
    for deployment in waiting:
        if build.state == BuildState.SUCCEEDED:
            deployment.state, deployment.requested_at = DeploymentState.DEPLOYING, utcnow()
            send_request(session, outbox, deployment, build.artifact)
            continue
        message = (build.result or {}).get("message") or "The build failed."
        problem = {"code": "build_failed", "message": message}
        deployment.state, deployment.finished_at = DeploymentState.FAILED, utcnow()
        deployment.result = {"problem": problem}
        await _append_finished(session, deployment, {"problem": problem})


async def request_deployment(
    *,
    resources: Resources,
    app: App,
    environment: Environment,
    number: int | None,
    idempotency: Idempotency,
) -> dict[str, Any]:
    """Puts a version live in an environment; what is already built is not built again."""
    if (earlier := await idempotency.known_answer(resources.db)) is not None:
        return earlier
    wanted = app.head if number is None else number
    if wanted is None:
        raise VersionNotFound("The app has no version yet: its first run has not begun.", app_id=app.id)
    async with resources.db.begin() as session:
        tree = Tree.from_json((await apps.get_version(session, app.id, wanted)).tree)
        mode = _MODES.get(environment, BuildMode.PRODUCTION)
        ready = await deployments.reusable_build(session, app.id, tree.digest(), mode)
        contents = {} if ready else await apps.contents_of(session, app.id, tree)
    source = ready.source_digest if ready else await upload_source(resources, app.id, tree, contents)
    async with resources.db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        # Locked before the app, as when a build ends: else that end could miss this deployment.
        ready = await deployments.reusable_build(session, app.id, tree.digest(), mode, lock=True)
        app = await apps.lock_app(session, app.id)
        build = ready or await deployments.reusable_build(session, app.id, tree.digest(), mode)
        if build is None:
            build = add_build(
                session, resources.outbox, app=app, run_id=None, mode=mode, tree=tree, source=source
            )
        built = build.state == BuildState.SUCCEEDED
        deployment = await _add(
            session, app_id=app.id, environment=environment, version=wanted, build_id=build.id,
            state=DeploymentState.DEPLOYING if built else DeploymentState.BUILDING,
        )  # fmt: skip
        send_request(session, resources.outbox, deployment, build.artifact)
        return await idempotency.answer(session, deployment=deployment)


async def roll_back(
    *, resources: Resources, app: App, deployment_id: str, idempotency: Idempotency
) -> dict[str, Any]:
    """Puts an earlier deployment live again, without a build; raises NotRollbackable if it never was."""
    async with resources.db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        # Before the app, as everywhere; or the build could be forgotten together with its artifact.
        build = await deployments.lock_deployed_build(session, app.id, deployment_id)
        await apps.lock_app(session, app.id)
        target = await deployments.get_deployment(session, app.id, deployment_id)
        if target.state not in {DeploymentState.DEPLOYED, DeploymentState.ROLLED_BACK}:
            message = f"The deployment is {target.state}: only one that was live can go live again."
            raise NotRollbackable(message, deployment_id=deployment_id, state=target.state)
        deployment = await _add(
            session, app_id=app.id, environment=Environment(target.environment), version=target.version,
            state=DeploymentState.DEPLOYING, build_id=target.build_id,
            rollback_of=target.rollback_of or target.id,
        )  # fmt: skip
        send_request(session, resources.outbox, deployment, build.artifact if build else None)
        return await idempotency.answer(session, deployment=deployment)


async def deployment_progressed(
    resources: Resources, progress: DeploymentProgressed, message_id: str
) -> None:
    """Notes that the deployer is at work; moves its run to `verifying` once the live address is loaded."""
    async with resources.db.begin() as session:
        if not await first_time(session, Inbox, ORCHESTRATOR_DEPLOYMENT_PROGRESSED.name, message_id):
            return
        deployment = await deployments.lock_deployment(session, progress.deployment_id)
        if deployment is None or deployment.state not in UNFINISHED_DEPLOYMENT:
            return
        deployment.requested_at = utcnow()
        run = await runs.lock_run(session, deployment.run_id) if deployment.run_id else None
        if progress.phase != "verifying" or run is None or run.state != RunState.DEPLOYING:
            return
        move(run, RunState.VERIFYING)


async def deployment_finished(resources: Resources, finished: DeploymentFinished, message_id: str) -> None:
    """Records a deployment's end and ends its run; a second time it does nothing."""
    async with resources.db.begin() as session:
        if not await first_time(session, Inbox, ORCHESTRATOR_DEPLOYMENT_FINISHED.name, message_id):
            return
        if finished.problem is not None and finished.problem.code == _ARTIFACT_MISSING:
            await deployments.forget_artifact(session, finished.deployment_id)
        deployment = await deployments.lock_deployment(session, finished.deployment_id)
        if deployment is None or deployment.state not in UNFINISHED_DEPLOYMENT:
            return
        run = await runs.lock_run(session, deployment.run_id) if deployment.run_id else None
        deployment.state, deployment.finished_at = finished.state, utcnow()
        deployment.url = finished.url
        deployment.result = storable_json(finished.model_dump(mode="json"))
        if finished.replaced is not None and deployment.rollback_of is not None:
            replaced = await deployments.lock_deployment(session, finished.replaced)
            if replaced is not None and replaced.state == DeploymentState.DEPLOYED:
                replaced.state = DeploymentState.ROLLED_BACK
        await _append_finished(session, deployment, deployment.result)
        if run is not None and run.state in {RunState.DEPLOYING, RunState.VERIFYING}:
            await _end_run(session, resources, run, finished)


async def _end_run(
    session: AsyncSession, resources: Resources, run: Run, finished: DeploymentFinished
) -> None:
    if finished.state != DeploymentState.FAILED:
        # A superseded one is no failure: the run has made its version, and a later one is live.
        live = finished.superseded_by or finished.deployment_id
        await succeed_run(session, resources.outbox, run, url=finished.url, deployment_id=live)
        return
    problem = finished.problem
    reason = problem.message if problem else "The deployment failed."
    message = f"{reason} What was live before is still live; version {run.version} is kept."
    too_large = problem is not None and problem.code == ScriptTooLarge.code
    kind = ScriptTooLarge if too_large else DeploymentFailed
    await fail_run(session, resources.outbox, resources.pricing, run, kind(storable(message)))


async def _add(
    session: AsyncSession,
    *,
    app_id: str,
    environment: Environment,
    version: int,
    state: DeploymentState,
    build_id: str | None,
    run_id: str | None = None,
    rollback_of: str | None = None,
) -> Deployment:
    now = utcnow()
    deployment = Deployment(
        id=new_id("dep"), app_id=app_id, run_id=run_id, environment=environment, version=version, state=state,
        build_id=build_id, rollback_of=rollback_of, requested_at=now, created_at=now,
    )  # fmt: skip
    session.add(deployment)
    started = DeployStartedEvent(
        run_id=run_id, deployment_id=deployment.id, environment=environment, version=version,
        rollback_of=rollback_of,
    )  # fmt: skip
    await events.append(session, app_id, started)
    return deployment


async def _append_finished(session: AsyncSession, deployment: Deployment, result: dict[str, Any]) -> None:
    """`result`: as the deployer told it, or as far as it came without the deployer."""
    finished = DeployFinishedEvent.model_validate(
        {
            **result,
            "run_id": deployment.run_id,
            "deployment_id": deployment.id,
            "environment": deployment.environment,
            "version": deployment.version,
            "rollback_of": deployment.rollback_of,
            "state": deployment.state,
            "type": "deploy.finished",
        }
    )
    await events.append(session, deployment.app_id, finished)
