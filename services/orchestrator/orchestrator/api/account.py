"""The team: who am I, keys, usage; and the templates there are."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from common.contracts.templates import TemplateSummary, TemplateVersion
from common.pages import CURSOR, Limit, Page
from orchestrator.api import schemas, usage_schemas
from orchestrator.api.context import TAKES_TURNS, Caller, Cursor, OwnedApp
from orchestrator.usecases import budgets, keys, queries

router = APIRouter(prefix="/v1", tags=["account"], dependencies=[TAKES_TURNS])

_TEMPLATE = r"^[a-z][a-z0-9-]{0,62}$"
TemplateName = Annotated[str, Path(pattern=_TEMPLATE)]
TemplateCursor = Annotated[str | None, Query(pattern=_TEMPLATE, description=CURSOR)]
_NUMBER = "(0|[1-9][0-9]{0,8})"
_IDENTIFIER = f"({_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_RELEASE = rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_IDENTIFIER}(\.{_IDENTIFIER})*)?$"
ReleaseCursor = Annotated[str | None, Query(max_length=64, pattern=_RELEASE, description=CURSOR)]


@router.get("/me")
async def me(context: Caller) -> schemas.Me:
    team = await keys.get_team(db=context.resources.db, team_id=context.team_id)
    return schemas.Me.of(team)


@router.patch("/me")
async def change_me(body: schemas.PatchMe, context: Caller) -> schemas.Me:
    """Sets the limits of what all apps of the team together may use in a month (UTC)."""
    resources = context.resources
    team = await budgets.set_team_budget(
        db=resources.db, caps=resources.shares.caps, team_id=context.team_id, changes=body.budget.changes()
    )
    return schemas.Me.of(team)


@router.get("/keys")
async def list_keys(context: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[schemas.Key]:
    """The team's keys, newest first."""
    rows = await keys.list_keys(
        db=context.resources.db, team_id=context.team_id, cursor=cursor, limit=limit + 1
    )
    items = [schemas.Key.model_validate(row) for row in rows]
    return Page[schemas.Key].of(items, limit, lambda item: item.id)


@router.post("/keys", status_code=201)
async def create_key(body: schemas.CreateKey, context: Caller) -> schemas.CreatedKey:
    """Makes a key of the same team. The key is in this answer only."""
    new = await keys.create_key(db=context.resources.db, team_id=context.team_id, name=body.name)
    return schemas.CreatedKey(**schemas.Key.model_validate(new.row).model_dump(), key=new.secret)


@router.delete("/keys/{key_id}", status_code=204, response_class=Response)
async def revoke_key(key_id: str, context: Caller) -> None:
    await keys.revoke_key(db=context.resources.db, team_id=context.team_id, key_id=key_id)


@router.get("/usage")
async def team_usage(context: Caller) -> usage_schemas.Usage:
    """Tokens and cost by app and billing class, and what is left of the team's budgets."""
    db, caps = context.resources.db, context.resources.shares.caps
    rows = await queries.team_usage(db=db, team_id=context.team_id)
    return usage_schemas.Usage.of(rows, await budgets.team_budgets(db=db, caps=caps, team_id=context.team_id))


@router.get("/apps/{app_id}/usage")
async def app_usage(app: OwnedApp, context: Caller) -> usage_schemas.Usage:
    """Tokens and cost by version and billing class, and what is left of the app's and its team's budgets."""
    db, caps = context.resources.db, context.resources.shares.caps
    rows = await queries.app_usage(db=db, app=app)
    return usage_schemas.Usage.of(rows, await budgets.app_budgets(db=db, caps=caps, app=app))


@router.get("/templates", response_model=Page[TemplateSummary])
async def list_templates(context: Caller, limit: Limit = 50, cursor: TemplateCursor = None) -> Any:
    """The templates there are, by name."""
    return await context.resources.templates.ask(limit=limit, cursor=cursor)


@router.get("/templates/{name}", response_model=TemplateSummary)
async def get_template(name: TemplateName, context: Caller) -> Any:
    return await context.resources.templates.ask(f"/{name}")


@router.get("/templates/{name}/versions", response_model=Page[TemplateVersion])
async def list_template_versions(
    name: TemplateName, context: Caller, limit: Limit = 50, cursor: ReleaseCursor = None
) -> Any:
    """The template's versions, newest first."""
    return await context.resources.templates.ask(f"/{name}/versions", limit=limit, cursor=cursor)
