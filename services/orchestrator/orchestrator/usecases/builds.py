"""Builds as the builder tells of them: begun, and ended, which moves on whatever waited for them."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import (
    UNFINISHED_BUILD,
    BuildFinished,
    BuildMode,
    BuildStarted,
    BuildState,
    RunState,
)
from common.contracts.events import BuildFinishedEvent, BuildLogEvent, BuildStartedEvent
from common.messaging.inbox import first_time
from common.messaging.streams import ORCHESTRATOR_BUILD_FINISHED, ORCHESTRATOR_BUILD_STARTED
from orchestrator.db import deployments, events, runs
from orchestrator.db.models import Build, Inbox
from orchestrator.domain.text import storable_json
from orchestrator.usecases.deployments import continue_deployments
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.check import check_finished

_DIAGNOSTICS_SHOWN = 20


async def build_started(resources: Resources, started: BuildStarted, message_id: str) -> None:
    """Records that a builder is at work; late and repeated messages change nothing."""
    async with resources.db.begin() as session:
        if not await first_time(session, Inbox, ORCHESTRATOR_BUILD_STARTED.name, message_id):
            return
        build = await deployments.lock_build(session, started.build_id)
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
        build = await deployments.lock_build(session, finished.build_id)
        if build is None or build.state not in UNFINISHED_BUILD:
            return
        waiting = await deployments.waiting_for_build(session, build.id)
        run = await runs.lock_run(session, build.run_id) if build.run_id else None
        build.state, build.finished_at = finished.state, utcnow()
        build.artifact = finished.artifact.digest if finished.artifact else None
        build.result = storable_json(finished.model_dump(mode="json", exclude={"log"}))
        await _append_finished(session, build, finished)
        if run is not None and run.state == RunState.CHECKING and run.build_id == build.id:
            await check_finished(session, resources, run, build, finished)
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
