"""The beginning of a build: one builder gets it, and an answered one is answered again."""

from dataclasses import dataclass

from builder.db import builds
from builder.db.models import Build, DeletedApp
from builder.domain.verdict import Failure
from builder.errors import BuildConflict
from builder.settings import Settings
from builder.usecases import events
from builder.usecases.finish import end
from builder.usecases.resources import Resources
from common.contracts import UNFINISHED_BUILD, Artifact, BuildRequested, ErrorCategory
from common.deletion import is_deleted
from common.messaging.streams import BUILD_FINISHED_SUBJECT, BUILD_STARTED_SUBJECT
from common.work import Lease, Patience


@dataclass(frozen=True)
class Claimed:
    """`reusable` is the artifact of an earlier green build of the same input."""

    build: Build
    lease: Lease[Build]
    reusable: Artifact | None


async def claim(resources: Resources, request: BuildRequested) -> Claimed | None:
    """None when there is nothing to do here: it is final, its app is deleted, or another builder is at it.

    Raises BuildConflict when the id was used for another build.
    """
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, request.app_id):
            return None
        await builds.insert_new(session, request)
        build = await builds.find(session, request.build_id, lock=True, log=True)
        if build is None or not _same(build, request):
            raise BuildConflict(
                f"The build id {request.build_id} was used for another source; use a new id.",
                build_id=request.build_id,
            )
        if build.state not in UNFINISHED_BUILD:
            resources.outbox.add(session, BUILD_FINISHED_SUBJECT, events.finished(build, build.log))
            return None
        lease = await builds.claim(session, build, resources.settings.lease_seconds)
        if lease is None:
            return None
        if patience(resources.settings).is_over(build):
            message = f"The build was begun {build.attempts - 1} times without coming to an end."
            end(resources, session, build, Failure(ErrorCategory.INFRASTRUCTURE, message), build.log, {})
            build.lease_until = None
            return None
        resources.outbox.add(session, BUILD_STARTED_SUBJECT, events.started(build))
        earlier = await builds.reusable(session, build)
        return Claimed(build, lease, events.artifact(earlier) if earlier else None)


def patience(settings: Settings) -> Patience:
    """How often a build may fail, and how long it may wait for what is away, before it ends."""
    return Patience(failures=settings.max_failures, seconds=settings.max_wait_seconds)


def _same(build: Build, request: BuildRequested) -> bool:
    mine = (build.app_id, build.mode, build.source_digest, build.template)
    return mine == (request.app_id, request.mode.value, request.source_digest, str(request.template))
