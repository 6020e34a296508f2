"""Checking: the run's files go to the builder; a failed build goes back to the model, or ends the run."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import (
    BuildFinished,
    BuildMode,
    BuildState,
    ErrorCategory,
    RunRequested,
    RunState,
)
from common.contracts.events import RecoveryStartedEvent
from common.errors import AppError
from common.messaging.streams import RUN_SUBJECT
from orchestrator.db import apps, events, turns
from orchestrator.db.models import App, Build, Run
from orchestrator.db.runs import Lease
from orchestrator.domain.recovery import fingerprint, recovery_message, should_retry
from orchestrator.domain.text import decode_text, storable
from orchestrator.domain.tree import Tree
from orchestrator.errors import BinaryContent, BuildFailed, BuildImpossible
from orchestrator.metrics import RECOVERIES
from orchestrator.usecases.build_requests import add_build, upload_source
from orchestrator.usecases.deployments import deploy_run
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import fail_run, move


async def request_check(resources: Resources, lease: Lease) -> None:
    """Hands what the model has written over to the builder."""
    async with resources.db.begin() as session:
        tree = Tree.from_json((await lease.hold(session)).tree or {})
        contents = await apps.contents_of(session, lease.app_id, tree)
    source = await upload_source(resources, lease.app_id, tree, contents)
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        build = add_build(
            session,
            resources.outbox,
            app=app,
            run_id=run.id,
            mode=BuildMode.PREVIEW,
            tree=tree,
            source=source,
        )
        run.build_id = build.id
        run.lease_until = None  # a build that fails at once finds the run free for its repair
        move(run, RunState.CHECKING)


async def check_finished(
    session: AsyncSession, resources: Resources, run: Run, build: Build, finished: BuildFinished
) -> None:
    """What becomes of a run whose build has ended: deployed, repaired by the model, or failed."""
    if finished.state == BuildState.SUCCEEDED:
        await deploy_run(session, resources.outbox, run, build)
        return
    category = finished.category or ErrorCategory.INFRASTRUCTURE
    attempt = run.recoveries + 1
    before, run.fingerprint = run.fingerprint, fingerprint(finished.diagnostics)
    returned = bool(finished.diagnostics) and before == run.fingerprint
    if returned or not should_retry(category, attempt, resources.limits.max_recoveries):
        error = failure_of(finished, returned=returned)
        await fail_run(session, resources.outbox, resources.pricing, run, error)
        return
    await _recover(session, resources, run, finished, category)


async def _recover(
    session: AsyncSession, resources: Resources, run: Run, finished: BuildFinished, category: ErrorCategory
) -> None:
    """Puts the build's errors into the chat: the platform's words, which nobody is billed for."""
    tree = Tree.from_json(run.tree or {})
    wanted = {item.file for item in finished.diagnostics if item.file in tree}
    blobs = await apps.get_blobs(session, run.app_id, {tree[path].digest for path in wanted if path})

    def read_file(path: str) -> str | None:
        try:
            return decode_text(blobs[tree[path].digest]) if path in wanted else None
        except BinaryContent:
            return None

    run.recoveries += 1
    limit = resources.limits.max_recoveries
    text = storable(recovery_message(category, finished.diagnostics, run.recoveries, limit, read_file))
    turn = await turns.last_turn(session, run.id)
    assert turn is not None  # noqa: S101  # a build follows a turn that has called `finish`
    turn.injected = text
    apps.add_message(
        session, app_id=run.app_id, run_id=run.id, role="user", kind="error_recovery", content=text,
        billing_ignore=True,
    )  # fmt: skip
    move(run, RunState.RECOVERING)
    event = RecoveryStartedEvent(
        run_id=run.id, category=category, attempt=run.recoveries, max_attempts=limit,
        build_id=finished.build_id,
    )  # fmt: skip
    await events.append(session, run.app_id, event)
    resources.outbox.add(session, RUN_SUBJECT, RunRequested(run_id=run.id, app_id=run.app_id))
    RECOVERIES.labels(category).inc()


def failure_of(finished: BuildFinished, *, returned: bool) -> AppError:
    """Why the run ends with this build, and by that whose fault it is."""
    if finished.category in {None, ErrorCategory.INFRASTRUCTURE}:
        return BuildImpossible(
            storable(
                "The build could not be carried out, which is the platform's fault and costs nothing. "
                f"{finished.message or ''} Your app is unchanged: send the message again later."
            )
        )
    first = finished.diagnostics[0] if finished.diagnostics else None
    where = f"{first.file}:{first.line}: " if first and first.file else ""
    what = f" {where}{first.message}" if first else ""
    why = "The same error came back after its repair" if returned else "The app does not build"
    detail = finished.message or ""
    message = f"{why}. {detail}{what} Your app is unchanged: it stays on its last good version."
    return BuildFailed(storable(" ".join(message.split())), category=finished.category)
