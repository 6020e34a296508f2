"""How a run ends; whatever the end, the app's or its team's next message gets its turn."""

from http import HTTPStatus
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import PagesState, RunFinished, RunMode, RunRequested, RunState
from common.contracts.events import (
    Question,
    RunAnsweredEvent,
    RunCancelledEvent,
    RunFailedEvent,
    RunSucceededEvent,
    RunWaitingEvent,
)
from common.database import Database
from common.errors import AppError
from common.logging import get_logger
from common.messaging.outbox import Outbox
from common.messaging.streams import RUN_FINISHED_SUBJECT, RUN_SUBJECT
from common.work import revoke
from orchestrator.clients.model.pricing import Pricing
from orchestrator.clients.platform import BuilderClient
from orchestrator.db import apps, deployments, events, runs, turns
from orchestrator.db.models import Run
from orchestrator.domain.endings import questions_text
from orchestrator.domain.runs import can_move
from orchestrator.domain.text import storable
from orchestrator.errors import RunNotCancellable
from orchestrator.metrics import RUN_SECONDS, RUNS
from orchestrator.usecases.deploy_requests import put_back
from orchestrator.usecases.runs import drafts
from orchestrator.usecases.runs.settle import settle_open_turns

logger = get_logger(__name__)

_PAST_RECALL = frozenset({RunState.DEPLOYING, RunState.VERIFYING})


def move(run: Run, state: RunState) -> None:
    """Changes the state of a run the caller has locked."""
    if not can_move(RunState(run.state), state):
        raise AssertionError(f"run {run.id} cannot go from {run.state} to {state}")
    run.state = state
    run.updated_at = utcnow()


async def succeed_run(
    session: AsyncSession,
    outbox: Outbox,
    run: Run,
    *,
    url: str | None,
    deployment_id: str,
    pages: PagesState,
) -> None:
    """Ends the run with the model's summary as the reply; what was asked for is live."""
    apps.add_message(
        session,
        app_id=run.app_id,
        run_id=run.id,
        role="assistant",
        kind="reply",
        content=run.summary or "Done.",
    )
    event = RunSucceededEvent(
        run_id=run.id, version=run.version, summary=run.summary, url=url, deployment_id=deployment_id,
        pages=pages, duration_ms=_duration_ms(run),
    )  # fmt: skip
    await _end(session, outbox, run, RunState.SUCCEEDED, event)


async def answer_run(session: AsyncSession, outbox: Outbox, run: Run, answer: str) -> None:
    """Ends the run with words for the person, no file having changed; in mode plan they are the plan."""
    run.summary = storable(answer) or "Nothing had to be changed."
    kind: Literal["reply", "plan"] = "plan" if run.mode == RunMode.PLAN else "reply"
    message = apps.add_message(
        session, app_id=run.app_id, run_id=run.id, role="assistant", kind=kind, content=run.summary
    )
    event = RunAnsweredEvent(
        run_id=run.id,
        message_id=message.id,
        message_type=kind,
        text=run.summary,
        duration_ms=_duration_ms(run),
    )
    await _end(session, outbox, run, RunState.ANSWERED, event)


async def wait_run(session: AsyncSession, outbox: Outbox, run: Run) -> None:
    """Ends the run with the model's questions; the app's next message begins anew with them."""
    questions = tuple(Question.model_validate(one) for one in run.questions or ())
    run.summary = questions_text(questions)
    message = apps.add_message(
        session, app_id=run.app_id, run_id=run.id, role="assistant", kind="question", content=run.summary
    )
    event = RunWaitingEvent(
        run_id=run.id, message_id=message.id, questions=questions, duration_ms=_duration_ms(run)
    )
    await _end(session, outbox, run, RunState.WAITING, event)


async def fail_run(
    session: AsyncSession, outbox: Outbox, pricing: Pricing, run: Run, error: AppError
) -> None:
    """Ends the run with a reason for people; the app stays as it was before.

    When the reason is the platform's, what the run has cost is the platform's too.
    """
    run.error_code, run.error_message = error.code, error.message
    await settle_open_turns(session, outbox, pricing, run.id)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        await turns.bill_to_platform(session, run.id)
    apps.add_message(
        session, app_id=run.app_id, run_id=run.id, role="assistant", kind="failure", content=error.message,
        billing_ignore=True,
    )  # fmt: skip
    event = RunFailedEvent(
        run_id=run.id, code=error.code, message=error.message, duration_ms=_duration_ms(run)
    )
    await _end(session, outbox, run, RunState.FAILED, event)


async def cancel_run(session: AsyncSession, outbox: Outbox, pricing: Pricing, run: Run) -> None:
    """Ends the run; the app stays as it was before."""
    await settle_open_turns(session, outbox, pricing, run.id)
    event = RunCancelledEvent(run_id=run.id, duration_ms=_duration_ms(run))
    await _end(session, outbox, run, RunState.CANCELLED, event)


def _duration_ms(run: Run) -> int:
    return round((utcnow() - run.created_at).total_seconds() * 1000)


async def _end(
    session: AsyncSession,
    outbox: Outbox,
    run: Run,
    state: RunState,
    event: RunSucceededEvent | RunAnsweredEvent | RunWaitingEvent | RunFailedEvent | RunCancelledEvent,
) -> None:
    """Ends the run and fences off whoever works on it."""
    if state != RunState.SUCCEEDED and run.version is not None:
        await put_back(session, outbox, run)
    move(run, state)
    await drafts.keep(session, run)
    if isinstance(event, RunFailedEvent):
        event = event.model_copy(update={"draft": run.draft})
    revoke(run)
    run.lease_until = None
    run.finished_at = run.updated_at
    await session.flush()
    await events.append(session, run.app_id, event)
    finished = RunFinished.model_validate(
        {
            "run_id": run.id,
            "app_id": run.app_id,
            "state": state,
            "version": run.version,
            "code": run.error_code,
        }
    )
    outbox.add(session, RUN_FINISHED_SUBJECT, finished)
    waiting = await runs.next_queued(session, run.app_id)
    if waiting is not None:
        outbox.add(session, RUN_SUBJECT, RunRequested(run_id=waiting.id, app_id=waiting.app_id))
    RUNS.labels(state, run.prompt_version or "none").inc()
    RUN_SECONDS.labels(state).observe(event.duration_ms / 1000)


async def cancel(
    *, db: Database, outbox: Outbox, builder: BuilderClient, pricing: Pricing, team_id: str, run_id: str
) -> Run:
    """Cancels a run on a user's word, or withdraws the questions of one that waits.

    Raises RunNotCancellable once it is being deployed, has ended otherwise, or its questions were answered.
    """
    async with db.begin() as session:
        run = await runs.get_run(session, team_id, run_id, lock=True)
        state = RunState(run.state)
        answered = state == RunState.WAITING and await runs.is_followed(session, run)
        if answered or state in _PAST_RECALL or not can_move(state, RunState.CANCELLED):
            message = f"The run is {state} and can no longer be cancelled."
            raise RunNotCancellable(message, run_id=run_id, state=state.value)
        builds = await deployments.unfinished_of_run(session, run.id)
        await cancel_run(session, outbox, pricing, run)
    for build in builds:
        await _stop_build(builder, build)
    return run


async def _stop_build(builder: BuilderClient, build_id: str) -> None:
    """A courtesy that saves processor time: the build's result no longer counts in any case."""
    try:
        await builder.cancel(build_id)
    except AppError as error:
        logger.info("build not stopped", build_id=build_id, reason=error.message)
