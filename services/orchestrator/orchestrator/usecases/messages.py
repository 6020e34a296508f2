"""A message: the words of a user, and the run they cause."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import RunRequested, RunState
from common.contracts.events import RunQueuedEvent
from common.database import Database
from common.ids import new_id
from common.messaging.outbox import Outbox
from common.messaging.streams import RUN_SUBJECT
from orchestrator.db import apps, events
from orchestrator.db.models import App, Message, Run
from orchestrator.domain.text import check_prompt
from orchestrator.usecases.idempotency import Idempotency


async def send_message(
    *, db: Database, outbox: Outbox, app: App, content: str, idempotency: Idempotency
) -> dict[str, Any]:
    """Adds a message and queues its run; runs of an app go one after the other."""
    check_prompt(content)
    async with db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        await apps.lock_app(session, app.id)
        message, run = await queue_run(session, outbox, app_id=app.id, content=content)
        return await idempotency.answer(session, message=message, run=run)


async def queue_run(
    session: AsyncSession, outbox: Outbox, *, app_id: str, content: str
) -> tuple[Message, Run]:
    """The message with its queued run, in the caller's transaction."""
    now = utcnow()
    run = Run(
        id=new_id("run"), app_id=app_id, request=content, state=RunState.QUEUED, recoveries=0, attempts=0,
        failures=0, lease_token=0, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(run)
    await session.flush()
    message = apps.add_message(
        session, app_id=app_id, run_id=run.id, role="user", kind="prompt", content=content
    )
    message.created_at = now
    await events.append(session, app_id, RunQueuedEvent(run_id=run.id, message_id=message.id))
    outbox.add(session, RUN_SUBJECT, RunRequested(run_id=run.id, app_id=app_id))
    return message, run
