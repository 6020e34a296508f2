"""A message: the words of a user, and the run they cause."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import RunMode, RunRequested, RunState
from common.contracts.events import Question, RunQueuedEvent
from common.database import Database
from common.ids import new_id
from common.messaging.outbox import Outbox
from common.messaging.streams import RUN_SUBJECT
from orchestrator.db import apps, events, runs
from orchestrator.db.models import App, Message, Run
from orchestrator.domain.attachments import Attachment
from orchestrator.domain.endings import answers_text
from orchestrator.domain.text import check_prompt
from orchestrator.domain.upgrade import Upgrade
from orchestrator.errors import AnswersMismatch, RunNotWaiting
from orchestrator.usecases.budgets import check_message
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Shares
from orchestrator.usecases.shares import take_share
from orchestrator.usecases.uploads import attach


async def send_message(
    *,
    db: Database,
    outbox: Outbox,
    shares: Shares,
    app: App,
    content: str,
    mode: RunMode,
    start_over: bool,
    idempotency: Idempotency,
    attachments: Sequence[str] = (),
) -> dict[str, Any]:
    """Adds a message and queues its run; runs of an app go one after the other.

    `start_over`: the run goes on from the app's newest version, whatever a failed run before has written.
    `attachments`: ids of uploads, see `uploads.attach`.
    """
    check_prompt(content)
    async with db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        await apps.lock_app(session, app.id)
        attached = await attach(session, team_id=app.team_id, app_id=app.id, upload_ids=attachments)
        message, run = await queue_run(
            session, outbox, shares, app.team_id,
            app_id=app.id, content=content, mode=mode, start_over=start_over,
            attachments=attached,
        )  # fmt: skip
        return await idempotency.answer(session, message=message, run=run)


async def answer_questions(
    *,
    db: Database,
    outbox: Outbox,
    shares: Shares,
    team_id: str,
    run_id: str,
    answers: Sequence[str],
    idempotency: Idempotency,
) -> dict[str, Any]:
    """Answers a run that waits with a message of the same mode; its run is told the questions as well.

    Raises RunNotWaiting when they are answered already or were withdrawn, AnswersMismatch.
    """
    async with db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        asked = await runs.get_run(session, team_id, run_id, lock=True)
        if asked.state != RunState.WAITING or await runs.is_followed(session, asked):
            raise RunNotWaiting("The run does not wait for answers, or not any more.", run_id=run_id)
        questions = [Question.model_validate(one) for one in asked.questions or ()]
        if len(answers) != len(questions):
            detail = f"The run has asked {len(questions)} questions, these are {len(answers)} answers."
            raise AnswersMismatch(detail, questions=len(questions), answers=len(answers))
        content = answers_text(questions, answers)
        check_prompt(content)
        await apps.lock_app(session, asked.app_id)
        message, run = await queue_run(
            session, outbox, shares, team_id,
            app_id=asked.app_id, content=content, mode=RunMode(asked.mode),
        )  # fmt: skip
        return await idempotency.answer(session, message=message, run=run)


async def queue_run(
    session: AsyncSession,
    outbox: Outbox,
    shares: Shares,
    team_id: str,
    *,
    app_id: str,
    content: str,
    mode: RunMode,
    start_over: bool = False,
    attachments: Sequence[Attachment] = (),
    upgrade: Upgrade | None = None,
) -> tuple[Message, Run]:
    """The message with its queued run, in the caller's transaction, which has locked the app.

    An `upgrade` is the platform's own wish, and takes nothing of budgets. Raises BudgetExhausted, and
    RateLimited or QueueFull when it is more than the team's share.
    """
    if upgrade is None:
        await check_message(session, shares.caps, app_id)
    await take_share(session, shares, team_id)
    now = utcnow()
    run = Run(
        id=new_id("run"), app_id=app_id, request=content, mode=mode, state=RunState.QUEUED, recoveries=0,
        attempts=0, start_over=start_over, failures=0, lease_token=0, created_at=now, updated_at=now,
        attachments=[one.to_json() for one in attachments], upgrade=upgrade.to_json() if upgrade else None,
    )  # fmt: skip
    session.add(run)
    await session.flush()
    message = apps.add_message(
        session, app_id=app_id, run_id=run.id, role="user", kind="upgrade" if upgrade else "prompt",
        content=content, attachments=attachments, billing_ignore=upgrade is not None,
    )  # fmt: skip
    message.created_at = now
    await events.append(session, app_id, RunQueuedEvent(run_id=run.id, message_id=message.id))
    outbox.add(session, RUN_SUBJECT, RunRequested(run_id=run.id, app_id=app_id))
    return message, run
