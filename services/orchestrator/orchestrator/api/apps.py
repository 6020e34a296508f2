"""Apps."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from common.pages import Limit, Page
from orchestrator.api import schemas
from orchestrator.api.context import TAKES_TURNS, Caller, Conditions, Cursor, IdempotencyKey, OwnedApp
from orchestrator.usecases import apps as usecases
from orchestrator.usecases import queries
from orchestrator.usecases.foundations import Lack
from orchestrator.usecases.idempotency import Idempotency, fingerprint
from orchestrator.usecases.updated import logo_digest

_DRAWING = {
    # A model has drawn it: whatever it may be, opened by itself it runs and loads nothing.
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
}

Lacking = Annotated[
    Lack | None,
    Query(
        description="Only apps whose foundation has a known hole (`vulnerable`) or a newer release "
        "(`outdated`)"
    ),
]

router = APIRouter(prefix="/v1/apps", tags=["apps"], dependencies=[TAKES_TURNS])


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
    # Without them it is the fingerprint that earlier releases have stored.
    unsaid = set() if body.attachments else {"attachments"}
    request_fingerprint = fingerprint("create app", body.model_dump(exclude=unsaid))
    resources, settings = context.resources, context.resources.settings
    return await usecases.create_app(
        db=resources.db,
        outbox=resources.outbox,
        templates=resources.templates,
        shares=resources.shares,
        team_id=context.team_id,
        prompt=body.prompt,
        name=body.name,
        template=body.template or settings.default_template,
        choosing=body.template is None and settings.chooses_templates,
        model=body.model or settings.default_model,
        mode=body.mode,
        attachments=body.attachments,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )


@router.get("")
async def list_apps(
    context: Caller, limit: Limit = 50, cursor: Cursor = None, foundation: Lacking = None
) -> Page[schemas.App]:
    """The team's apps, newest first."""
    foundations = context.resources.foundations
    found = await queries.list_apps(
        db=context.resources.db, team_id=context.team_id, cursor=cursor, limit=limit + 1,
        templates=None if foundation is None else foundations.lacking(foundation),
    )  # fmt: skip
    items = [schemas.App.of(app, live, foundations.of(app.template)) for app, live in found]
    return Page[schemas.App].of(items, limit, lambda item: item.id)


@router.get("/{app_id}")
async def get_app(app: OwnedApp, context: Caller) -> schemas.App:
    resources = context.resources
    live = await queries.live_deployments(db=resources.db, app=app)
    return schemas.App.of(app, live, resources.foundations.of(app.template))


@router.patch("/{app_id}")
async def change_app(body: schemas.PatchApp, app: OwnedApp, context: Caller) -> schemas.App:
    """Changes what is sent: the name, or the limits of what the app may use in a month (UTC)."""
    db, caps = context.resources.db, context.resources.shares.caps
    changed = await usecases.change_app(
        db=db, caps=caps, app=app, name=body.name, budget=body.budget.changes() if body.budget else {}
    )
    live = await queries.live_deployments(db=db, app=changed)
    return schemas.App.of(changed, live, context.resources.foundations.of(changed.template))


@router.get(
    "/{app_id}/logo",
    response_class=Response,
    responses={
        200: {"content": {"image/svg+xml": {}}, "description": "The logo, a square SVG of 8 kB at most"},
        304: {"description": "The logo has one of the ETags in If-None-Match"},
    },
)
async def get_logo(app: OwnedApp, context: Caller, conditions: Conditions) -> Response:
    """The app's logo, which there always is: drawn by a model for a new app, or its name's first letters."""
    logo = await usecases.get_logo(db=context.resources.db, app=app)
    digest = logo_digest(logo)
    headers = {**_DRAWING, "etag": f'"{digest}"'}
    if conditions.if_none_match is not None and conditions.if_none_match.match_weakly(digest):
        return Response(status_code=304, headers=headers)
    return Response(logo, media_type="image/svg+xml", headers=headers)


@router.delete("/{app_id}", status_code=202, response_class=Response)
async def delete_app(app: OwnedApp, context: Caller) -> None:
    """Deletes the app: it is gone from the API at once, its deployments and data shortly after."""
    resources = context.resources
    await usecases.delete_app(db=resources.db, outbox=resources.outbox, pricing=resources.pricing, app=app)
