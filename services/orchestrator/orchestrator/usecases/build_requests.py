"""Builds asked of the builder: their source stored, their message sent."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import (
    BuildFinished,
    BuildMode,
    BuildRequested,
    BuildState,
    Diagnostic,
    ErrorCategory,
    TemplateRef,
    migrations_key,
    pack_files,
    source_key,
)
from common.contracts.events import BuildFinishedEvent, BuildLogEvent
from common.ids import new_id
from common.messaging.outbox import Outbox
from common.messaging.streams import BUILD_SUBJECTS
from orchestrator.db import events
from orchestrator.db.models import App, Build
from orchestrator.domain.migrations import migrations_digest, migrations_in
from orchestrator.domain.recovery import location
from orchestrator.domain.text import storable, storable_json
from orchestrator.domain.tree import Tree
from orchestrator.usecases.resources import Resources

_DIAGNOSTICS_SHOWN = 20
_TAR = "application/x-tar"
_MAX_DIAGNOSTICS = 50


async def upload_source(resources: Resources, app_id: str, tree: Tree, contents: Mapping[str, bytes]) -> str:
    """Stores the tree where builders find it and returns the source's digest. `contents`: by digest.

    Its migrations are stored apart, as deployers need them for longer than anybody builds the tree.
    """
    digest, source = await asyncio.to_thread(_packed, tree, contents)
    await resources.objects.put(source_key(app_id, digest), source, _TAR)
    if (migrations := migrations_digest(tree)) is not None:
        _, packed = await asyncio.to_thread(_packed, migrations_in(tree), contents)
        await resources.objects.put(migrations_key(app_id, migrations), packed, _TAR)
    return digest


def _packed(tree: Tree, contents: Mapping[str, bytes]) -> tuple[str, bytes]:
    source = pack_files({path: contents[ref.digest] for path, ref in tree.items()})
    return hashlib.sha256(source).hexdigest(), source


def add_build(
    session: AsyncSession,
    outbox: Outbox,
    *,
    app: App,
    template: TemplateRef,
    run_id: str | None,
    mode: BuildMode,
    tree: Tree,
    source: str,
    speculative: bool = False,
) -> Build:
    """Asks the builder for a build of files made for this template, in the caller's transaction."""
    build = Build(
        id=new_id("build"), app_id=app.id, run_id=run_id, mode=mode, state=BuildState.QUEUED,
        tree_digest=tree.digest(), source_digest=source, template=template, requested_at=utcnow(),
        speculative=speculative,
    )  # fmt: skip
    session.add(build)
    request_build(outbox, session, build, app.team_id)
    return build


async def add_failed_build(
    session: AsyncSession,
    *,
    app: App,
    template: TemplateRef,
    run_id: str | None,
    tree: Tree,
    source: str,
    problems: Sequence[Diagnostic],
    speculative: bool = False,
) -> Build:
    """A build that ends before it has begun: the `problems` of the app's migrations come before all else."""
    now = utcnow()
    build = Build(
        id=new_id("build"), app_id=app.id, run_id=run_id, mode=BuildMode.PREVIEW, state=BuildState.FAILED,
        tree_digest=tree.digest(), source_digest=source, template=template, requested_at=now,
        finished_at=now, speculative=speculative,
    )  # fmt: skip
    count = len(problems)
    finished = BuildFinished(
        build_id=build.id, app_id=app.id, run_id=run_id, mode=BuildMode.PREVIEW, state=BuildState.FAILED,
        category=ErrorCategory.MIGRATION, diagnostics=tuple(problems[:_MAX_DIAGNOSTICS]), problems=count,
        message=f"The app's migrations cannot be applied: {count} error{'s' if count > 1 else ''}.",
        problem_files=len({one.file for one in problems}), duration_ms=0,
        log=storable("".join(f"{location(one)}{one.message}\n" for one in problems)),
    )  # fmt: skip
    build.result = storable_json(finished.model_dump(mode="json", exclude={"log"}))
    session.add(build)
    if not speculative:
        await tell_end(session, build, finished)
    return build


async def tell_end(session: AsyncSession, build: Build, finished: BuildFinished) -> None:
    """Tells clients how a build has ended."""
    log = BuildLogEvent(run_id=build.run_id, build_id=build.id, text=finished.log, final=True)
    await events.append(session, build.app_id, log)
    event = BuildFinishedEvent(
        run_id=build.run_id,
        build_id=build.id,
        state=finished.state,
        category=finished.category,
        message=finished.message,
        diagnostics=finished.diagnostics[:_DIAGNOSTICS_SHOWN],
        problems=finished.problems,
        problem_files=finished.problem_files,
        artifact=finished.artifact,
        duration_ms=finished.duration_ms,
    )
    await events.append(session, build.app_id, event)


def request_build(outbox: Outbox, session: AsyncSession, build: Build, team_id: str) -> None:
    """Sends the build's message, for the first time or again."""
    request = BuildRequested(
        build_id=build.id, team_id=team_id, app_id=build.app_id, run_id=build.run_id,
        mode=BuildMode(build.mode), source_digest=build.source_digest, template=build.template,
        speculative=build.speculative,
    )  # fmt: skip
    outbox.add(session, BUILD_SUBJECTS[build.mode], request)
