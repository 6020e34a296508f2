"""What `run_check` needs from outside a run's files: the builder's verdict on them as they are now."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import UNFINISHED_BUILD, BuildFinished, BuildMode
from common.errors import Timeout, Unavailable
from common.logging import get_logger
from orchestrator.db import apps, deployments
from orchestrator.db.models import App, Build
from orchestrator.db.runs import Lease
from orchestrator.usecases.build_requests import add_build, add_failed_build, upload_source
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.speculate import Speculation
from orchestrator.usecases.runs.waiting import wait_for
from orchestrator.usecases.schema import Schema

logger = get_logger(__name__)


async def verdict(
    resources: Resources, lease: Lease, schema: Schema, speculation: Speculation
) -> BuildFinished | None:
    """How exactly these files build; None when nobody tells in time.

    Their build is the run's own: the one that was asked for before a restart is waited for again, and
    `finish` with the same files finds it.
    """
    try:
        build_id = await _asked(resources, lease, schema, speculation)
    except (Unavailable, Timeout) as error:
        logger.info("files not checked", reason=error.message)
        return None
    seconds = resources.settings.run_check_seconds
    finished = await wait_for(resources, lease, partial(_ended, build_id), seconds)
    if finished is not None:
        speculation.known(finished)
    return finished


async def _asked(resources: Resources, lease: Lease, schema: Schema, speculation: Speculation) -> str:
    """The id of the files' build, which is asked for unless it was."""
    tree, digest = schema.tree, schema.tree.digest()
    async with resources.db.begin() as session:
        build = None if schema.problems else await deployments.checked_build(session, lease.run_id, digest)
        source = speculation.stored.get(digest)
        contents = {} if build or source else await apps.contents_of(session, lease.app_id, tree)
    if build is not None:
        return build.id
    source = source or await upload_source(resources, lease.app_id, tree, contents)
    speculation.stored[digest] = source
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        if schema.problems:
            failed = await add_failed_build(
                session, app=app, template=run.template_of(app), run_id=run.id, tree=tree, source=source,
                problems=schema.problems,
            )  # fmt: skip
            return failed.id
        return add_build(
            session, resources.outbox, app=app, template=run.template_of(app), run_id=run.id,
            mode=BuildMode.PREVIEW, tree=tree, source=source,
        ).id  # fmt: skip


async def _ended(build_id: str, session: AsyncSession) -> BuildFinished | None:
    build = await session.get_one(Build, build_id)
    return None if build.state in UNFINISHED_BUILD else BuildFinished.model_validate(build.result)
