"""Deployments: asked for by a run or a user, and followed to their end."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import (
    UNFINISHED_BUILD,
    UNFINISHED_DEPLOYMENT,
    BuildMode,
    BuildState,
    DeploymentFinished,
    DeploymentProgressed,
    DeploymentState,
    DeploymentWaiting,
    Environment,
    PagesState,
    RunState,
)
from common.contracts.events import DeployFinishedEvent, DeployWaitingEvent, VersionCreatedEvent
from common.messaging.inbox import first_time
from common.messaging.streams import ORCHESTRATOR_DEPLOYMENT_FINISHED, ORCHESTRATOR_DEPLOYMENT_PROGRESSED
from orchestrator.db import apps, deployments, events, runs
from orchestrator.db.models import App, Build, Deployment, Inbox, Run
from orchestrator.domain.migrations import migrations_digest
from orchestrator.domain.naming import title_from
from orchestrator.domain.text import storable_json
from orchestrator.domain.tree import Tree
from orchestrator.errors import NotRollbackable, PagesFailed, VersionNotFound
from orchestrator.usecases.build_requests import add_build, upload_source
from orchestrator.usecases.deploy_requests import add_deployment, send_request
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import move
from orchestrator.usecases.runs.verify import verify
from orchestrator.usecases.schema import require_applicable

_ARTIFACT_MISSING = "artifact_missing"
_MODES = {Environment.PREVIEW: BuildMode.PREVIEW}


async def deploy_run(session: AsyncSession, resources: Resources, run: Run, build: Build) -> None:
    """After a green build: the run's files become the app's next version, which goes live as preview."""
    tree = Tree.from_json(run.tree or {})
    title = run.title or title_from(run.request)
    version = await apps.add_version(
        session, app_id=run.app_id, tree=tree, origin="run", title=title, summary=run.summary or "",
        run_id=run.id, template=run.upgrading.target if run.upgrading else None,
    )  # fmt: skip
    run.version = version.number
    created = VersionCreatedEvent(
        run_id=run.id, version=version.number, origin="run", files=len(tree), title=title,
        summary=run.summary,
    )  # fmt: skip
    await events.append(session, run.app_id, created)
    deployment = await add_deployment(
        session, app_id=run.app_id, environment=Environment.PREVIEW, version=version.number,
        state=DeploymentState.DEPLOYING, build_id=build.id, run_id=run.id,
        migrations=migrations_digest(tree),
    )  # fmt: skip
    run.deployment_id = deployment.id
    move(run, RunState.DEPLOYING)
    send_request(session, resources.outbox, deployment, build.artifact)
    if build.pages is not None:
        await verify(session, resources, run)


async def continue_deployments(
    session: AsyncSession, resources: Resources, waiting: Sequence[Deployment], build: Build
) -> None:
    """Moves on the deployments that users asked for and that waited for this build, which is final.

    Nothing goes to production that no browser has passed, unless the settings say so.
    """
    for deployment in waiting:
        proven = _needs_no_proof(resources, deployment) or _pages_state(build) is PagesState.PASSED
        if build.state == BuildState.SUCCEEDED and proven:
            deployment.state, deployment.requested_at = DeploymentState.DEPLOYING, utcnow()
            send_request(session, resources.outbox, deployment, build.artifact)
        elif build.state == BuildState.SUCCEEDED and build.pages is None:
            deployment.requested_at = utcnow()
        else:
            problem = _problem(build)
            deployment.state, deployment.finished_at = DeploymentState.FAILED, utcnow()
            deployment.result = {"problem": problem}
            await _append_finished(session, deployment, {"problem": problem})


def _needs_no_proof(resources: Resources, deployment: Deployment) -> bool:
    return deployment.environment != Environment.PRODUCTION or not resources.settings.proven_production


def _pages_state(build: Build) -> PagesState | None:
    return None if build.pages is None else PagesState(build.pages["state"])


def _problem(build: Build) -> dict[str, str]:
    """Why what the build has made, if anything, does not go live."""
    if build.state != BuildState.SUCCEEDED:
        message = (build.result or {}).get("message") or "The build failed."
        return {"code": "build_failed", "message": message}
    reason = (build.pages or {}).get("message") or ""
    if _pages_state(build) is PagesState.FAILED:
        message = f"A browser found that the app does not run: {reason} Repair it and deploy again."
        return {"code": PagesFailed.code, "message": message}
    message = (
        f"No browser could look at the app, and nothing goes to production unseen. {reason} Deploy again."
    )
    return {"code": "pages_unchecked", "message": message}


async def request_deployment(
    *,
    resources: Resources,
    app: App,
    environment: Environment,
    number: int | None,
    idempotency: Idempotency,
    approved: Sequence[str] = (),
) -> dict[str, Any]:
    """Puts a version live; what is already built is not built again. `approved`: see `require_applicable`."""
    if (earlier := await idempotency.known_answer(resources.db)) is not None:
        return earlier
    async with resources.db.begin() as session:
        version = await apps.get_version(session, app.id, _wanted(app, number))
        tree, template = Tree.from_json(version.tree), version.template or app.template
        mode = _MODES.get(environment, BuildMode.PRODUCTION)
        seen = environment is Environment.PRODUCTION and resources.settings.proven_production
        ready = await deployments.reusable_build(session, app.id, tree.digest(), mode, seen=seen)
        contents = {} if ready else await apps.contents_of(session, app.id, tree)
    await require_applicable(resources, app.id, template, tree, environment, approved)
    source = ready.source_digest if ready else await upload_source(resources, app.id, tree, contents)
    async with resources.db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        # Locked before the app, as when a build ends: else that end could miss this deployment.
        find = partial(deployments.reusable_build, session, app.id, tree.digest(), mode, seen=seen)
        ready = await find(lock=True)
        app = await apps.lock_app(session, app.id)
        build = ready or await find()
        if build is None:
            build = add_build(
                session, resources.outbox, app=app, template=template, run_id=None, mode=mode, tree=tree,
                source=source,
            )  # fmt: skip
        deployment = await add_deployment(
            session, app_id=app.id, environment=environment, version=version.number, build_id=build.id,
            state=DeploymentState.BUILDING, migrations=migrations_digest(tree), approved=approved,
        )  # fmt: skip
        await _begin(session, resources, deployment, build)
        return await idempotency.answer(session, deployment=deployment)


def _wanted(app: App, number: int | None) -> int:
    wanted = app.head if number is None else number
    if wanted is None:
        raise VersionNotFound("The app has no version yet: its first run has not begun.", app_id=app.id)
    return wanted


async def _begin(session: AsyncSession, resources: Resources, deployment: Deployment, build: Build) -> None:
    """Goes as far as the build has come; the deployer is told in any case, and keeps to the order."""
    if build.state not in UNFINISHED_BUILD:
        await continue_deployments(session, resources, [deployment], build)
    if deployment.state == DeploymentState.BUILDING:
        send_request(session, resources.outbox, deployment, None)
    await session.flush()
    await session.refresh(deployment, ["pages"])


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
        deployment = await add_deployment(
            session, app_id=app.id, environment=Environment(target.environment), version=target.version,
            state=DeploymentState.DEPLOYING, build_id=target.build_id,
            rollback_of=target.rollback_of or target.id, migrations=target.migrations,
        )  # fmt: skip
        send_request(session, resources.outbox, deployment, build.artifact if build else None)
        await session.flush()
        await session.refresh(deployment, ["pages"])
        return await idempotency.answer(session, deployment=deployment)


async def deployment_progressed(
    resources: Resources, progress: DeploymentProgressed, message_id: str
) -> None:
    """Notes that the deployer is at work, or has to wait; moves its run to `verifying` once the live address
    is loaded.
    """
    async with resources.db.begin() as session:
        if not await first_time(session, Inbox, ORCHESTRATOR_DEPLOYMENT_PROGRESSED.name, message_id):
            return
        deployment = await deployments.lock_deployment(session, progress.deployment_id)
        if deployment is None or deployment.state not in UNFINISHED_DEPLOYMENT:
            return
        deployment.requested_at = utcnow()
        if progress.waiting is not None:
            await _note_waiting(session, deployment, progress.waiting)
        run = await runs.lock_run(session, deployment.run_id) if deployment.run_id else None
        if progress.phase != "verifying" or run is None or run.deployment_id != deployment.id:
            return
        if run.state == RunState.DEPLOYING:
            move(run, RunState.VERIFYING)


async def _note_waiting(session: AsyncSession, deployment: Deployment, waiting: DeploymentWaiting) -> None:
    """Clients are told once for each reason: it may be tried again and again. A message that comes late says
    nothing new: each wait ends after the one before.
    """
    before = DeploymentWaiting.model_validate(deployment.waiting) if deployment.waiting else None
    if before is not None and waiting.until <= before.until:
        return
    deployment.waiting = storable_json(waiting.model_dump(mode="json"))
    if before is None or before.code != waiting.code:
        event = DeployWaitingEvent.model_validate(
            {
                **deployment.waiting,
                "run_id": deployment.run_id,
                "deployment_id": deployment.id,
                "environment": deployment.environment,
            }
        )
        await events.append(session, deployment.app_id, event)


async def deployment_finished(resources: Resources, finished: DeploymentFinished, message_id: str) -> None:
    """Records a deployment's end and moves on its run; a second time it does nothing."""
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
        deployment.url, deployment.waiting = finished.url, None
        deployment.result = storable_json(finished.model_dump(mode="json"))
        if finished.replaced is not None and deployment.rollback_of is not None:
            replaced = await deployments.lock_deployment(session, finished.replaced)
            if replaced is not None and replaced.state == DeploymentState.DEPLOYED:
                replaced.state = DeploymentState.ROLLED_BACK
        await _append_finished(session, deployment, deployment.result)
        if run is not None and run.deployment_id == deployment.id:
            await verify(session, resources, run)


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
            "pages": await deployments.pages_state(session, deployment.build_id),
            "type": "deploy.finished",
        }
    )
    await events.append(session, deployment.app_id, finished)
