"""Messages and the runs they cause."""

from fastapi import APIRouter

from common.pages import Limit, Page
from orchestrator.api import schemas
from orchestrator.api.context import TAKES_TURNS, Caller, Cursor, IdempotencyKey, OwnedApp
from orchestrator.usecases import messages, queries
from orchestrator.usecases.idempotency import Idempotency, fingerprint
from orchestrator.usecases.runs import finish

router = APIRouter(prefix="/v1", tags=["chat"], dependencies=[TAKES_TURNS])


def _present(message: object, run: object) -> dict[str, object]:
    created = schemas.CreatedMessage(
        message=schemas.Message.model_validate(message), run=schemas.Run.model_validate(run)
    )
    return created.model_dump(mode="json")


@router.post("/apps/{app_id}/messages", status_code=202, response_model=schemas.CreatedMessage)
async def send_message(
    body: schemas.SendMessage, app: OwnedApp, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, object]:
    """Asks for a change, a plan or an answer. While a run is under way the message waits for its turn.

    When the run before it has failed after writing files (`draft` of the run), it goes on from these files,
    unless `start_over` is true or the app's files have been changed by other means since.
    """
    asked = body.model_dump(exclude_defaults=True)
    request_fingerprint = fingerprint(f"send message {app.id}", asked)
    return await messages.send_message(
        db=context.resources.db,
        outbox=context.resources.outbox,
        shares=context.resources.shares,
        app=app,
        content=body.content,
        start_over=body.start_over,
        mode=body.mode,
        attachments=body.attachments,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )


@router.get("/apps/{app_id}/messages")
async def list_messages(
    app: OwnedApp, context: Caller, limit: Limit = 100, cursor: Cursor = None
) -> Page[schemas.Message]:
    """The app's chat, oldest first."""
    rows = await queries.list_messages(db=context.resources.db, app=app, cursor=cursor, limit=limit + 1)
    items = [schemas.Message.model_validate(row) for row in rows]
    return Page[schemas.Message].of(items, limit, lambda item: item.id)


@router.get("/apps/{app_id}/runs")
async def list_runs(
    app: OwnedApp, context: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Page[schemas.Run]:
    """The app's runs, newest first."""
    rows = await queries.list_runs(db=context.resources.db, app=app, cursor=cursor, limit=limit + 1)
    items = [schemas.Run.model_validate(row) for row in rows]
    return Page[schemas.Run].of(items, limit, lambda item: item.id)


@router.get("/runs/{run_id}")
async def get_run(run_id: str, context: Caller) -> schemas.Run:
    run = await queries.get_run(db=context.resources.db, team_id=context.team_id, run_id=run_id)
    return schemas.Run.model_validate(run)


@router.post("/runs/{run_id}/answers", status_code=202, response_model=schemas.CreatedMessage)
async def answer_run(
    run_id: str, body: schemas.SendAnswers, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, object]:
    """Answers the questions of a run that is `waiting`. A message to the app answers them as well."""
    request_fingerprint = fingerprint(f"answer run {run_id}", body.model_dump())
    return await messages.answer_questions(
        db=context.resources.db,
        outbox=context.resources.outbox,
        shares=context.resources.shares,
        team_id=context.team_id,
        run_id=run_id,
        answers=body.answers,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )


@router.post("/runs/{run_id}/cancel", status_code=202)
async def cancel_run(run_id: str, context: Caller) -> schemas.Run:
    """Cancels a run that is not being deployed yet, or the questions of one; the app stays as it is."""
    resources = context.resources
    run = await finish.cancel(
        db=resources.db,
        outbox=resources.outbox,
        builder=resources.builder,
        pricing=resources.pricing,
        team_id=context.team_id,
        run_id=run_id,
    )
    return schemas.Run.model_validate(run)
