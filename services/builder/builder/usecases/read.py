"""Reading builds."""

from collections.abc import Sequence

from builder.db import builds
from builder.db.models import Build
from builder.errors import BuildNotFound
from builder.usecases.pools import Pools


async def get_build(pools: Pools, build_id: str, *, log: bool = False) -> Build:
    """The build, with its log only when asked for; raises BuildNotFound."""
    async with pools.db.begin() as session:
        build = await builds.find(session, build_id, log=log)
    if build is None:
        raise BuildNotFound(f"There is no build {build_id}.", build_id=build_id)
    return build


async def list_builds(pools: Pools, *, app_id: str | None, limit: int, cursor: str | None) -> Sequence[Build]:
    """Newest first, of one app or of all, from behind the build `cursor`."""
    async with pools.db.begin() as session:
        return await builds.page(session, app_id=app_id, limit=limit, cursor=cursor)
