"""Building while the model still writes: `finish` finds its answer ready, errors are known before it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import BuildFinished, BuildMode, BuildState, ErrorCategory
from common.errors import AppError
from common.logging import get_logger
from orchestrator.db import apps, deployments
from orchestrator.db.models import App
from orchestrator.db.runs import Lease
from orchestrator.domain.build_note import build_note
from orchestrator.domain.progress import Errors
from orchestrator.domain.recovery import warning_message
from orchestrator.domain.text import storable
from orchestrator.domain.tree import Tree
from orchestrator.usecases.build_requests import add_build, add_failed_build, upload_source
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.schema import schema_of

logger = get_logger(__name__)


class Speculation:
    """Has the run's files built whenever they are at rest; the conversation never waits for it.

    `stored`: the sources it has stored, by the digest of their tree.
    """

    def __init__(self, resources: Resources, lease: Lease) -> None:
        self._resources = resources
        self._lease = lease
        self._wanted: Tree | None = None
        self._asking: asyncio.Task[None] | None = None
        self._asked: set[str] = set()
        self.stored: dict[str, str] = {}
        self._noted: str | None = None

    def begin(self, tree: Tree) -> None:
        """Asks for a build of these files soon; of several that wait to be asked for, the newest counts."""
        if not self._resources.settings.speculative_builds:
            return
        self._wanted = tree
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())

    async def note(self, session: AsyncSession) -> str | None:
        """What to tell the model of the last build that has ended: None unless it has said something new."""
        ended = await deployments.ended_builds(session, self._asked) if self._asked else []
        self._asked -= {build.id for build in ended}
        if not ended or ended[-1].state == BuildState.CANCELLED:
            return None
        finished = BuildFinished.model_validate(ended[-1].result)
        if finished.state == BuildState.SUCCEEDED and not finished.diagnostics:
            return None
        errors = _errors(finished)
        if finished.category == ErrorCategory.INFRASTRUCTURE or errors == self._noted:
            return None
        self._noted = errors
        return storable(build_note(finished))

    async def overlooked(self, tree: Tree) -> str | None:
        """What could be better about these very files, as their build says and the model does not know."""
        if not self._asked:
            return None
        async with self._resources.db.begin() as session:
            ended = await deployments.ended_builds(session, self._asked)
        green = [build for build in ended if build.state == BuildState.SUCCEEDED]
        if not green or green[-1].tree_digest != tree.digest():
            return None
        finished = BuildFinished.model_validate(green[-1].result)
        if not finished.diagnostics or _errors(finished) == self._noted:
            return None
        self.known(finished)
        return storable(warning_message(finished.diagnostics))

    def known(self, finished: BuildFinished) -> None:
        """The model is told of this build in another way, and of those before it no more."""
        self._asked.clear()
        self._noted = _errors(finished)

    async def close(self) -> None:
        """Gives up what has not been asked for yet."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask_all(self) -> None:
        while (tree := self._wanted) is not None:
            self._wanted = None
            try:
                self._asked.add(await self._ask(tree))
            except AppError as error:
                logger.info("files not built while they are written", reason=error.message)
            except Exception:
                logger.exception("files not built while they are written")

    async def _ask(self, tree: Tree) -> str:
        resources, lease = self._resources, self._lease
        async with resources.db.begin() as session:
            run = await lease.hold(session)
            template = run.template_of(await session.get_one(App, lease.app_id))
            contents = await apps.contents_of(session, lease.app_id, tree)
        schema = await schema_of(resources, lease.app_id, template, tree)
        tree, contents = schema.tree, {**contents, **schema.contents}
        source = await upload_source(resources, lease.app_id, tree, contents)
        self.stored[tree.digest()] = source
        async with resources.db.begin() as session:
            run = await lease.hold(session)
            app = await session.get_one(App, run.app_id)
            if schema.problems:
                failed = await add_failed_build(
                    session, app=app, template=template, run_id=run.id, tree=tree, source=source,
                    problems=schema.problems, speculative=True,
                )  # fmt: skip
                return failed.id
            return add_build(
                session, resources.outbox, app=app, template=template, run_id=run.id,
                mode=BuildMode.PREVIEW, tree=tree, source=source, speculative=True,
            ).id  # fmt: skip


def _errors(finished: BuildFinished) -> str:
    return Errors.of(str(finished.category), finished.diagnostics, finished.problems).fingerprint


@asynccontextmanager
async def speculating(resources: Resources, lease: Lease) -> AsyncIterator[Speculation]:
    """For the time of a conversation."""
    speculation = Speculation(resources, lease)
    try:
        yield speculation
    finally:
        await speculation.close()
