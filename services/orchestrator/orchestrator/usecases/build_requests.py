"""Builds asked of the builder: their source stored, their message sent."""

import asyncio
import hashlib
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import BuildMode, BuildRequested, BuildState, pack_files, source_key
from common.ids import new_id
from common.messaging.outbox import Outbox
from common.messaging.streams import BUILD_SUBJECTS
from orchestrator.db.models import App, Build
from orchestrator.domain.tree import Tree
from orchestrator.usecases.resources import Resources


async def upload_source(resources: Resources, app_id: str, tree: Tree, contents: Mapping[str, bytes]) -> str:
    """Stores the tree where builders find it and returns the source's digest. `contents`: by digest."""
    digest, source = await asyncio.to_thread(_packed, tree, contents)
    await resources.objects.put(source_key(app_id, digest), source, "application/x-tar")
    return digest


def _packed(tree: Tree, contents: Mapping[str, bytes]) -> tuple[str, bytes]:
    source = pack_files({path: contents[ref.digest] for path, ref in tree.items()})
    return hashlib.sha256(source).hexdigest(), source


def add_build(
    session: AsyncSession,
    outbox: Outbox,
    *,
    app: App,
    run_id: str | None,
    mode: BuildMode,
    tree: Tree,
    source: str,
    speculative: bool = False,
) -> Build:
    """Asks the builder for a build, in the caller's transaction."""
    build = Build(
        id=new_id("build"), app_id=app.id, run_id=run_id, mode=mode, state=BuildState.QUEUED,
        tree_digest=tree.digest(), source_digest=source, template=app.template, requested_at=utcnow(),
        speculative=speculative,
    )  # fmt: skip
    session.add(build)
    request_build(outbox, session, build, app.team_id)
    return build


def request_build(outbox: Outbox, session: AsyncSession, build: Build, team_id: str) -> None:
    """Sends the build's message, for the first time or again."""
    request = BuildRequested(
        build_id=build.id, team_id=team_id, app_id=build.app_id, run_id=build.run_id,
        mode=BuildMode(build.mode), source_digest=build.source_digest, template=build.template,
        speculative=build.speculative,
    )  # fmt: skip
    outbox.add(session, BUILD_SUBJECTS[build.mode], request)
