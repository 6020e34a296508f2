"""Reading builds."""

from collections.abc import Sequence

from builder.db import builds
from builder.db.models import Build
from builder.errors import BuildNotFound
from builder.usecases.resources import Resources


async def get_build(resources: Resources, build_id: str, *, log: bool = False) -> Build:
    """The build, with its log only when asked for; raises BuildNotFound."""
    async with resources.db.begin() as session:
        build = await builds.find(session, build_id, log=log)
    if build is None:
        raise BuildNotFound(f"There is no build {build_id}.", build_id=build_id)
    return build


async def list_builds(
    resources: Resources, *, app_id: str | None, limit: int, cursor: str | None
) -> Sequence[Build]:
    """Newest first, of one app or of all, from behind the build `cursor`."""
    async with resources.db.begin() as session:
        return await builds.page(session, app_id=app_id, limit=limit, cursor=cursor)
