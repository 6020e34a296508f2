"""The team: who am I, keys, usage; and the templates there are."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from orchestrator.api import schemas
from orchestrator.api.context import Caller
from orchestrator.usecases import keys, queries

router = APIRouter(prefix="/v1", tags=["account"])

TemplateName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


@router.get("/me")
async def me(context: Caller) -> schemas.Me:
    team = await keys.get_team(db=context.resources.db, team_id=context.team_id)
    return schemas.Me(team_id=team.id, team=team.name)


@router.get("/keys")
async def list_keys(context: Caller) -> list[schemas.Key]:
    rows = await keys.list_keys(db=context.resources.db, team_id=context.team_id)
    return [schemas.Key.model_validate(row) for row in rows]


@router.post("/keys", status_code=201)
async def create_key(body: schemas.CreateKey, context: Caller) -> schemas.CreatedKey:
    """Makes a key of the same team. The key is in this answer only."""
    new = await keys.create_key(db=context.resources.db, team_id=context.team_id, name=body.name)
    return schemas.CreatedKey(**schemas.Key.model_validate(new.row).model_dump(), key=new.secret)


@router.delete("/keys/{key_id}", status_code=204, response_class=Response)
async def revoke_key(key_id: str, context: Caller) -> None:
    await keys.revoke_key(db=context.resources.db, team_id=context.team_id, key_id=key_id)


@router.get("/usage")
async def team_usage(context: Caller) -> schemas.Usage:
    """Tokens and cost by app and billing class."""
    return schemas.Usage.of(await queries.team_usage(db=context.resources.db, team_id=context.team_id))


@router.get("/apps/{app_id}/usage")
async def app_usage(app_id: str, context: Caller) -> schemas.Usage:
    """Tokens and cost by version and billing class."""
    rows = await queries.app_usage(db=context.resources.db, team_id=context.team_id, app_id=app_id)
    return schemas.Usage.of(rows)


@router.get("/templates")
async def list_templates(context: Caller) -> Any:
    return await context.resources.templates.list()


@router.get("/templates/{name}")
async def get_template(name: TemplateName, context: Caller) -> Any:
    return await context.resources.templates.list(f"/{name}")


@router.get("/templates/{name}/versions")
async def list_template_versions(name: TemplateName, context: Caller) -> Any:
    return await context.resources.templates.list(f"/{name}/versions")
