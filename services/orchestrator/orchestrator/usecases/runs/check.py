"""Checking: the run's files go to the builder; a failed build goes back to the model, or ends the run."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import (
    UNFINISHED_BUILD,
    BuildFinished,
    BuildMode,
    BuildStarted,
    BuildState,
    ErrorCategory,
    RunRequested,
    RunState,
)
from common.contracts.events import (
    BuildFinishedEvent,
    BuildLogEvent,
    BuildStartedEvent,
    RecoveryStartedEvent,
)
from common.errors import AppError
from common.messaging.inbox import first_time
from common.messaging.streams import (
    ORCHESTRATOR_BUILD_FINISHED,
    ORCHESTRATOR_BUILD_STARTED,
    RUN_SUBJECT,
)
from orchestrator.db import apps, events, releases, runs, turns
from orchestrator.db.models import App, Build, Inbox, Run
from orchestrator.db.runs import Lease
from orchestrator.db.storable import storable_json
from orchestrator.domain.recovery import fingerprint, recovery_message, should_retry
from orchestrator.domain.text import decode_text, storable
from orchestrator.domain.tree import Tree
from orchestrator.errors import BinaryContent, BuildFailed, BuildImpossible
from orchestrator.metrics import RECOVERIES
from orchestrator.usecases.builds import add_build, upload_source
from orchestrator.usecases.deployments import continue_deployments, deploy_run
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import fail_run, move

_DIAGNOSTICS_SHOWN = 20


async def request_check(resources: Resources, lease: Lease) -> None:
    """Hands what the model has written over to the builder."""
    async with resources.db.begin() as session:
        tree = Tree.from_json((await lease.hold(session)).tree or {})
    source = await upload_source(resources, lease.app_id, tree)
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        build = add_build(
            session,
            resources.outbox,
            app=app,
            run_id=run.id,
            mode=BuildMode.PREVIEW,
            tree=tree,
            source=source,
        )
        run.build_id = build.id
        run.lease_until = None  # a build that fails at once finds the run free for its repair
        move(run, RunState.CHECKING)


async def build_started(resources: Resources, started: BuildStarted, message_id: str) -> None:
    """Records that a builder is at work; late and repeated messages change nothing."""
    async with resources.db.begin() as session:
        if not await first_time(session, Inbox, ORCHESTRATOR_BUILD_STARTED.name, message_id):
            return
        build = await releases.lock_build(session, started.build_id)
        if build is None or build.state != BuildState.QUEUED:
            return
        build.state, build.requested_at = BuildState.RUNNING, utcnow()
        event = BuildStartedEvent(run_id=build.run_id, build_id=build.id, mode=BuildMode(build.mode))
        await events.append(session, build.app_id, event)


async def build_finished(resources: Resources, finished: BuildFinished, message_id: str) -> None:
    """Records a build's end and moves on whatever waited for it; a second time it does nothing."""
    async with resources.db.begin() as session:
        if not await first_time(session, Inbox, ORCHESTRATOR_BUILD_FINISHED.name, message_id):
            return
        build = await releases.lock_build(session, finished.build_id)
        if build is None or build.state not in UNFINISHED_BUILD:
            return
        waiting = await releases.waiting_for_build(session, build.id)
        run = await runs.lock_run(session, build.run_id) if build.run_id else None
        build.state, build.finished_at = finished.state, utcnow()
        build.artifact = finished.artifact.digest if finished.artifact else None
        build.result = storable_json(finished.model_dump(mode="json", exclude={"log"}))
        await _append_finished(session, build, finished)
        if run is not None and run.state == RunState.CHECKING and run.build_id == build.id:
            await _move_run(session, resources, run, build, finished)
        await continue_deployments(session, resources.outbox, waiting, build)


async def _append_finished(session: AsyncSession, build: Build, finished: BuildFinished) -> None:
    log = BuildLogEvent(run_id=build.run_id, build_id=build.id, text=finished.log, final=True)
    await events.append(session, build.app_id, log)
    event = BuildFinishedEvent(
        run_id=build.run_id,
        build_id=build.id,
        state=finished.state,
        category=finished.category,
        message=finished.message,
        diagnostics=finished.diagnostics[:_DIAGNOSTICS_SHOWN],
        artifact=finished.artifact,
        duration_ms=finished.duration_ms,
    )
    await events.append(session, build.app_id, event)


async def _move_run(
    session: AsyncSession, resources: Resources, run: Run, build: Build, finished: BuildFinished
) -> None:
    if finished.state == BuildState.SUCCEEDED:
        await deploy_run(session, resources.outbox, run, build)
        return
    category = finished.category or ErrorCategory.INFRASTRUCTURE
    attempt = run.recoveries + 1
    mark = fingerprint(finished.diagnostics)
    returned = bool(finished.diagnostics) and mark == run.fingerprint
    if returned or not should_retry(category, attempt, resources.limits.max_recoveries):
        await fail_run(session, resources.outbox, run, failure_of(finished, returned=returned))
        return
    run.fingerprint = mark
    await _recover(session, resources, run, finished, category)


async def _recover(
    session: AsyncSession, resources: Resources, run: Run, finished: BuildFinished, category: ErrorCategory
) -> None:
    """Puts the build's errors into the chat: the platform's words, which nobody is billed for."""
    tree = Tree.from_json(run.tree or {})
    wanted = {item.file for item in finished.diagnostics if item.file in tree}
    blobs = await apps.get_blobs(session, run.app_id, {tree[path].digest for path in wanted if path})

    def read_file(path: str) -> str | None:
        try:
            return decode_text(blobs[tree[path].digest]) if path in wanted else None
        except BinaryContent:
            return None

    run.recoveries += 1
    limit = resources.limits.max_recoveries
    text = storable(recovery_message(category, finished.diagnostics, run.recoveries, limit, read_file))
    turn = await turns.last_turn(session, run.id)
    assert turn is not None  # noqa: S101  # a build follows a turn that has called `finish`
    turn.injected = text
    apps.add_message(
        session, app_id=run.app_id, run_id=run.id, role="user", kind="error_recovery", content=text,
        billing_ignore=True,
    )  # fmt: skip
    move(run, RunState.RECOVERING)
    event = RecoveryStartedEvent(
        run_id=run.id, category=category, attempt=run.recoveries, max_attempts=limit,
        build_id=finished.build_id,
    )  # fmt: skip
    await events.append(session, run.app_id, event)
    resources.outbox.add(session, RUN_SUBJECT, RunRequested(run_id=run.id, app_id=run.app_id))
    RECOVERIES.labels(category).inc()


def failure_of(finished: BuildFinished, *, returned: bool) -> AppError:
    """Why the run ends with this build, and by that whose fault it is."""
    if finished.category in {None, ErrorCategory.INFRASTRUCTURE}:
        return BuildImpossible(
            storable(
                "The build could not be carried out, which is the platform's fault and costs nothing. "
                f"{finished.message or ''} Your app is unchanged: send the message again later."
            )
        )
    first = finished.diagnostics[0] if finished.diagnostics else None
    where = f"{first.file}:{first.line}: " if first and first.file else ""
    what = f" {where}{first.message}" if first else ""
    why = "The same error came back after its repair" if returned else "The app does not build"
    detail = finished.message or ""
    message = f"{why}. {detail}{what} Your app is unchanged: it stays on its last good version."
    return BuildFailed(storable(" ".join(message.split())), category=finished.category)
