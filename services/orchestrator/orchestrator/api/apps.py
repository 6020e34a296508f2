"""Apps."""

from fastapi import APIRouter, Response

from orchestrator.api import schemas
from orchestrator.api.context import Caller, Cursor, IdempotencyKey, Limit
from orchestrator.usecases import apps as usecases
from orchestrator.usecases import queries
from orchestrator.usecases.idempotency import Idempotency, fingerprint

router = APIRouter(prefix="/v1/apps", tags=["apps"])


def _present(app: object, message: object, run: object) -> dict[str, object]:
    created = schemas.CreatedApp(
        app=schemas.App.model_validate(app),
        message=schemas.Message.model_validate(message),
        run=schemas.Run.model_validate(run),
    )
    return created.model_dump(mode="json")


@router.post("", status_code=202, response_model=schemas.CreatedApp)
async def create_app(
    body: schemas.CreateApp, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, object]:
    """Creates an app from a prompt and starts its first run. Follow it at `/v1/apps/{app}/events`."""
    mark = fingerprint("create app", body.model_dump())
    resources, settings = context.resources, context.settings
    return await usecases.create_app(
        db=resources.db,
        outbox=resources.outbox,
        templates=resources.templates,
        team_id=context.team_id,
        prompt=body.prompt,
        name=body.name,
        template=body.template or settings.default_template,
        model=body.model or settings.model,
        idempotency=Idempotency(context.team_id, idempotency_key, mark, _present),
    )


@router.get("")
async def list_apps(context: Caller, limit: Limit = 50, cursor: Cursor = None) -> schemas.Page[schemas.App]:
    """The team's apps, newest first."""
    found = await queries.list_apps(
        db=context.resources.db, team_id=context.team_id, before=cursor, limit=limit + 1
    )
    items = [schemas.App.of(app, live) for app, live in found]
    return schemas.Page[schemas.App].of(items, limit, lambda item: item.id)


@router.get("/{app_id}")
async def get_app(app_id: str, context: Caller) -> schemas.App:
    app, live = await queries.get_app(db=context.resources.db, team_id=context.team_id, app_id=app_id)
    return schemas.App.of(app, live)


@router.patch("/{app_id}")
async def rename_app(app_id: str, body: schemas.PatchApp, context: Caller) -> schemas.App:
    db = context.resources.db
    await usecases.rename_app(db=db, team_id=context.team_id, app_id=app_id, name=body.name)
    app, live = await queries.get_app(db=db, team_id=context.team_id, app_id=app_id)
    return schemas.App.of(app, live)


@router.delete("/{app_id}", status_code=202, response_class=Response)
async def delete_app(app_id: str, context: Caller) -> None:
    """Deletes the app: it is gone from the API at once, its deployments and data shortly after."""
    resources = context.resources
    await usecases.delete_app(
        db=resources.db, outbox=resources.outbox, team_id=context.team_id, app_id=app_id
    )
