"""Builds as the builder tells of them: begun, and ended, which moves on whatever waited for them."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import (
    UNFINISHED_BUILD,
    BuildFinished,
    BuildMode,
    BuildStarted,
    BuildState,
    PagesChecked,
    PagesState,
    RunState,
    thumbnail_key,
)
from common.contracts.events import BuildStartedEvent, PagesCheckedEvent
from common.database import Database
from common.errors import NotFound
from common.messaging.inbox import first_time
from common.messaging.streams import (
    ORCHESTRATOR_BUILD_FINISHED,
    ORCHESTRATOR_BUILD_STARTED,
    ORCHESTRATOR_PAGES_CHECKED,
)
from common.objects import ObjectStore
from orchestrator.clients.platform import BuilderClient
from orchestrator.db import deployments, events, runs
from orchestrator.db.models import App, Build, Inbox, Run
from orchestrator.domain.text import storable_json
from orchestrator.errors import BuildNotCancellable, ThumbnailNotFound
from orchestrator.usecases.build_requests import tell_end
from orchestrator.usecases.deployments import continue_deployments
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.check import check_finished
from orchestrator.usecases.runs.verify import verify

_FINDINGS_SHOWN = 20
_BATCH = 50


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
        if build.speculative:
            return  # `Speculation.note` finds it
        await tell_end(session, build, finished)
        if run is not None and run.state == RunState.CHECKING and run.build_id == build.id:
            await check_finished(session, resources, run, build, finished)
        await continue_deployments(session, resources, waiting, build)


async def pages_checked(resources: Resources, checked: PagesChecked, message_id: str) -> None:
    """Records what a browser saw of a build, once, and moves on what waited for it."""
    async with resources.db.begin() as session:
        if not await first_time(session, Inbox, ORCHESTRATOR_PAGES_CHECKED.name, message_id):
            return
        build = await deployments.lock_build(session, checked.build_id)
        if build is not None and build.pages is None:
            await _record_pages(session, resources, build, checked)


async def give_up_pages(resources: Resources) -> int:
    """Lets what waits for a browser's word go on without, once that has taken too long."""
    since = utcnow() - timedelta(seconds=resources.settings.pages_seconds)
    async with resources.db.begin() as session:
        overdue = await deployments.unseen_builds(session, since=since, limit=_BATCH)
    for build_id in overdue:
        async with resources.db.begin() as session:
            build = await deployments.lock_build(session, build_id)
            if build is None or build.artifact is None or build.pages is not None:
                continue
            unchecked = PagesChecked(
                build_id=build.id, app_id=build.app_id, run_id=build.run_id, artifact_digest=build.artifact,
                state=PagesState.UNCHECKED, message="No browser has told of it in time.", duration_ms=0,
            )  # fmt: skip
            await _record_pages(session, resources, build, unchecked)
    return len(overdue)


async def _record_pages(
    session: AsyncSession, resources: Resources, build: Build, checked: PagesChecked
) -> None:
    waiting = await deployments.waiting_for_build(session, build.id)
    run = await runs.lock_run(session, build.run_id) if build.run_id else None
    build.pages = storable_json(checked.model_dump(mode="json"))
    event = PagesCheckedEvent(
        run_id=build.run_id,
        build_id=build.id,
        state=checked.state,
        message=checked.message,
        findings=checked.findings[:_FINDINGS_SHOWN],
        thumbnails=checked.thumbnails,
        duration_ms=checked.duration_ms,
    )
    await events.append(session, build.app_id, event)
    if build.state in UNFINISHED_BUILD:  # its end, which is on its way, finds them
        return
    if run is not None and run.build_id == build.id:
        await verify(session, resources, run)
    await continue_deployments(session, resources, waiting, build)


async def get_thumbnail(*, db: Database, objects: ObjectStore, app: App, build_id: str, number: int) -> bytes:
    """The picture of a page as it was built, WebP; raises BuildNotFound or ThumbnailNotFound."""
    async with db.begin() as session:
        build = await deployments.get_build(session, app.id, build_id)
    checked = None if build.pages is None else PagesChecked.model_validate(build.pages)
    if checked is None or not any(picture.number == number for picture in checked.thumbnails):
        raise ThumbnailNotFound("There is no such picture of the build's pages.", build_id=build_id)
    try:
        return await objects.get(thumbnail_key(app.id, checked.artifact_digest, number))
    except NotFound as error:
        raise ThumbnailNotFound("The picture is no longer kept.", build_id=build_id) from error


async def cancel_build(*, db: Database, builder: BuilderClient, app: App, build_id: str) -> Build:
    """Has the builder end a build, and with it the deployments that wait for it; harmless for one that has.

    Raises BuildNotFound, BuildNotCancellable when a run waits for it, or Unavailable.
    """
    async with db.begin() as session:
        build = await deployments.get_build(session, app.id, build_id)
        run = await session.get(Run, build.run_id) if build.run_id else None
    if build.state not in UNFINISHED_BUILD:
        return build
    if run is not None and run.state == RunState.CHECKING and run.build_id == build.id:
        raise BuildNotCancellable("A run waits for this build: cancel the run.", run_id=run.id)
    await builder.cancel(build.id)
    return build
