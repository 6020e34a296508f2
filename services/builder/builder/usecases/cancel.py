"""Cancelling a build."""

from builder.db import builds
from builder.db.models import Build
from builder.domain.verdict import Cancelled
from builder.usecases.resources import Resources
from builder.usecases.result import end
from common.contracts import UNFINISHED_BUILD
from common.work import revoke


async def cancel(resources: Resources, build_id: str) -> Build | None:
    """Ends a build at once; whoever works on it sees that with the next heartbeat.

    None when it is not known: the request for it may come yet, and the build then ends before it is begun.
    """
    async with resources.db.begin() as session:
        # Committed before the build is looked for: else neither this nor a request that comes just now
        # would see the other.
        await builds.note_cancelled(session, build_id)
    async with resources.db.begin() as session:
        build = await builds.find(session, build_id, lock=True, log=True)
        if build is not None and build.state in UNFINISHED_BUILD:
            revoke(build)
            end(resources.outbox, session, build, Cancelled(), build.log)
    resources.slots.wake()
    return build
