"""The beginning of a build: one builder gets it, and an answered one is answered again."""

from dataclasses import dataclass

from builder.db import builds
from builder.db.builds import Lease
from builder.db.models import Build, DeletedApp
from builder.domain.outcome import Cancelled, Green
from builder.errors import BuildConflict
from builder.usecases import events
from builder.usecases.finish import end
from builder.usecases.pools import Pools
from common.contracts import UNFINISHED_BUILD, BuildRequested
from common.deletion import is_deleted
from common.messaging.streams import BUILD_FINISHED_SUBJECT, BUILD_STARTED_SUBJECT


@dataclass(frozen=True)
class Claimed:
    """`twin` is the artifact of an earlier green build of the same input."""

    build: Build
    lease: Lease
    twin: Green | None


async def claim(pools: Pools, request: BuildRequested) -> Claimed | None:
    """None when there is nothing to do here: it is final, its app is deleted, or another builder is at it.

    Raises BuildConflict when the id was used for another build.
    """
    async with pools.db.begin() as session:
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
            pools.outbox.add(session, BUILD_FINISHED_SUBJECT, events.finished(build, build.log))
            return None
        lease = await builds.claim(session, build, pools.settings.lease_seconds)
        if lease is None:
            return None
        if build.cancel_requested:
            end(pools, session, build, Cancelled(), build.log, {})
            return None
        pools.outbox.add(session, BUILD_STARTED_SUBJECT, events.started(build))
        twin = await builds.green_twin(session, build)
        return Claimed(build, lease, _green(twin))


def _same(build: Build, request: BuildRequested) -> bool:
    mine = (build.app_id, build.mode, build.source_digest, build.template)
    return mine == (request.app_id, request.mode.value, request.source_digest, request.template)


def _green(twin: Build | None) -> Green | None:
    if twin is None or twin.artifact_digest is None:
        return None
    return Green(
        twin.artifact_digest,
        twin.artifact_size or 0,
        twin.artifact_files or 0,
        twin.artifact_total_bytes or 0,
    )
