"""Recovery: what went wrong with a run's files goes back to the model, as often as it may."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import Diagnostic, ErrorCategory, RunRequested, RunState
from common.contracts.events import RecoveryStartedEvent
from common.errors import AppError
from common.messaging.streams import RUN_SUBJECT
from orchestrator.db import apps, events, turns
from orchestrator.db.models import Run
from orchestrator.domain.progress import Errors, progress
from orchestrator.domain.recovery import MAX_SOURCES, concerned, recovery_message, should_retry
from orchestrator.domain.text import storable
from orchestrator.domain.tree import Tree
from orchestrator.metrics import RECOVERIES
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import fail_run, move


@dataclass(frozen=True)
class Trouble:
    """Why a run's files are not good enough.

    `problems`: how many there are in how many `files`, of which `diagnostics` are the weightiest; `advice`:
    what else could be better; `error`: how the run ends if it cannot be repaired, given whether the last
    repairs have brought nothing.
    """

    category: ErrorCategory
    build_id: str
    diagnostics: tuple[Diagnostic, ...]
    problems: int
    files: int
    error: Callable[[bool], AppError]
    advice: tuple[Diagnostic, ...] = ()


async def recover_or_fail(session: AsyncSession, resources: Resources, run: Run, trouble: Trouble) -> None:
    """Puts the trouble into the chat, in the platform's words and at its cost; or ends the run."""
    limit = resources.limits.max_recoveries
    errors = Errors.of(trouble.category, trouble.diagnostics, trouble.problems)
    since = progress([Errors.from_json(told) for told in run.told_errors], errors)
    if since.hopeless or not should_retry(trouble.category, run.recoveries + 1, limit):
        error = trouble.error(since.hopeless)
        await fail_run(session, resources.outbox, resources.pricing, run, error)
        return
    run.recoveries += 1
    run.told_errors = [*run.told_errors, errors.to_json()]
    text = recovery_message(
        trouble.category, trouble.diagnostics, run.recoveries, limit, trouble.problems, files=trouble.files,
        since=since, sources=await _sources(session, run, trouble) if since.stalled else None,
        repaired=run.repaired, advice=trouble.advice,
    )  # fmt: skip
    told = storable(text)
    turn = await turns.last_turn(session, run.id)
    if turn is not None:
        turn.injected = told
    else:  # an upgrade that has needed no model until now: the conversation opens with it
        run.first_message = f"{run.first_message}\n{told}"
    run.repair_rounds, run.repaired = 0, {}  # the model knows of them now
    apps.add_message(
        session, app_id=run.app_id, run_id=run.id, role="user", kind="error_recovery", content=told,
        billing_ignore=True,
    )  # fmt: skip
    move(run, RunState.RECOVERING)
    event = RecoveryStartedEvent(
        run_id=run.id, category=trouble.category, attempt=run.recoveries, max_attempts=limit,
        build_id=trouble.build_id,
    )  # fmt: skip
    await events.append(session, run.app_id, event)
    resources.outbox.add(session, RUN_SUBJECT, RunRequested(run_id=run.id, app_id=run.app_id))
    RECOVERIES.labels(trouble.category).inc()


async def _sources(session: AsyncSession, run: Run, trouble: Trouble) -> dict[str, bytes]:
    """The files that the errors are in, as many as there is room for, each whole."""
    tree, room = Tree.from_json(run.tree or {}), MAX_SOURCES
    shown = {}
    for path in concerned(trouble.diagnostics):
        if path in tree and tree[path].size <= room:
            shown[path] = tree[path].digest
            room -= tree[path].size
    contents = await apps.get_blobs(session, run.app_id, set(shown.values()))
    return {path: contents[digest] for path, digest in shown.items()}
