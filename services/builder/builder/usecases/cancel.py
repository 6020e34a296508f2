"""Cancelling a build."""

from builder.db import builds
from builder.db.models import Build
from builder.domain.verdict import Cancelled
from builder.errors import BuildNotFound
from builder.usecases.build import end
from builder.usecases.resources import Resources
from common.contracts import UNFINISHED_BUILD
from common.work import revoke


async def cancel(resources: Resources, build_id: str) -> Build:
    """Ends a build at once; whoever works on it sees that with the next heartbeat. Raises BuildNotFound."""
    async with resources.db.begin() as session:
        build = await builds.find(session, build_id, lock=True, log=True)
        if build is None:
            raise BuildNotFound(f"There is no build {build_id}.", build_id=build_id)
        if build.state in UNFINISHED_BUILD:
            revoke(build)
            end(resources, session, build, Cancelled(), build.log, {})
        return build
