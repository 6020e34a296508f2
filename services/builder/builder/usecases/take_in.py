"""A request for a build becomes a row in the queue, or is answered by what was built before."""

from sqlalchemy.ext.asyncio import AsyncSession

from builder.db import builds, queue
from builder.db.models import Build, DeletedApp
from builder.domain.verdict import Cancelled
from builder.errors import BuildConflict
from builder.metrics import REUSED, SUPERSEDED
from builder.usecases import events
from builder.usecases.resources import Resources
from builder.usecases.result import end, end_like
from common.contracts import UNFINISHED_BUILD, BuildMode, BuildRequested, BuildState, artifact_key
from common.deletion import is_deleted
from common.messaging.streams import BUILD_FINISHED_SUBJECT
from common.tracing import current_traceparent
from common.work import revoke

_SUPERSEDED = Cancelled("The build was not needed any more: a newer one of the app was asked for.")


async def take_in(resources: Resources, request: BuildRequested) -> None:
    """Idempotent by the build's id: a final build is answered again. Nothing is built for a deleted app.

    Raises BuildConflict when the id was used for another build.
    """
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, request.app_id):
            return
        if not await builds.insert_new(session, request, current_traceparent()):
            await _repeated(resources, session, request)
            return
        if request.mode is BuildMode.PREVIEW:
            await _supersede(resources, session, request)
        earlier = await builds.earlier(session, request)
        if earlier is None:
            await queue.announce(session)
    if earlier is not None:
        await _answer(resources, request.build_id, earlier)
    resources.slots.wake()


async def _repeated(resources: Resources, session: AsyncSession, request: BuildRequested) -> None:
    build = await builds.find(session, request.build_id, lock=True, log=True)
    if build is None or not _same(build, request):
        raise BuildConflict(
            f"The build id {request.build_id} was used for another source; use a new id.",
            build_id=request.build_id,
        )
    if build.state not in UNFINISHED_BUILD:
        resources.outbox.add(session, BUILD_FINISHED_SUBJECT, events.finished(build, build.log))


async def _supersede(resources: Resources, session: AsyncSession, request: BuildRequested) -> None:
    for build in await builds.superseded(session, request):
        revoke(build)
        end(resources.outbox, session, build, _SUPERSEDED)
        SUPERSEDED.inc()


async def _answer(resources: Resources, build_id: str, earlier: Build) -> None:
    """Ends a build that waits with an earlier one's result; leaves it in the queue if that is lost."""
    artifact = earlier.artifact
    if artifact and not await resources.objects.exists(artifact_key(earlier.app_id, artifact.digest)):
        return
    async with resources.db.begin() as session:
        build = await builds.find(session, build_id, lock=True, log=True)
        if build is not None and build.state == BuildState.QUEUED:
            end_like(resources.outbox, session, build, earlier)
            REUSED.inc()
    resources.want_pages()


def _same(build: Build, request: BuildRequested) -> bool:
    mine = (build.app_id, build.mode, build.source_digest, build.template)
    return mine == (request.app_id, request.mode.value, request.source_digest, request.template)
