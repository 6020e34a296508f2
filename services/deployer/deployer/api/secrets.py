"""The secrets of an app's environments, whose values go in and never come out, and their public variables."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path

from common.contracts import (
    KEY_HEADER,
    TEAM_HEADER,
    CopiedSecrets,
    CopySecrets,
    EntityId,
    Environment,
    SecretEvent,
    SecretValue,
    SecretView,
)
from common.keyring import Sealed
from common.pages import Limit, Page
from deployer.api.dependencies import AppIdPath, AppResources
from deployer.domain.secrets import Actor, Public
from deployer.usecases.secrets import (
    copy_secrets,
    delete_secret,
    list_secret_events,
    list_secrets,
    put_secret,
)

SecretNamePath = Annotated[str, Path(max_length=200)]
Team = Annotated[EntityId | None, Header(alias=TEAM_HEADER)]
Key = Annotated[EntityId | None, Header(alias=KEY_HEADER)]


def actor_of(team: Team = None, key: Key = None) -> Actor:
    return Actor(team, key)


ActorGiven = Annotated[Actor, Depends(actor_of)]


def _view(name: str, content: Sealed | Public, updated_at: datetime) -> SecretView:
    is_public = isinstance(content, Public)
    value = json.loads(content.text) if isinstance(content, Public) else None
    return SecretView(name=name, public=is_public, value=value, updated_at=updated_at)


router = APIRouter(prefix="/v1/apps/{app_id}/secrets/{environment}", tags=["secrets"])


@router.get("")
async def list_all(resources: AppResources, app_id: AppIdPath, environment: Environment) -> Page[SecretView]:
    """All of them on one page: an environment has 60 at most."""
    rows = await list_secrets(resources, app_id, environment)
    items = [_view(row.name, row.content(), row.updated_at) for row in rows]
    return Page(items=items, next_cursor=None)


@router.get("/events")
async def list_events(
    resources: AppResources,
    app_id: AppIdPath,
    environment: Environment,
    limit: Limit = 50,
    cursor: EntityId | None = None,
) -> Page[SecretEvent]:
    """What was done to them and by whom, newest first; names, never values."""
    rows = await list_secret_events(resources, app_id, environment, limit=limit + 1, cursor=cursor)
    items = [SecretEvent.model_validate(row) for row in rows]
    return Page[SecretEvent].of(items, limit, lambda item: item.id)


@router.post("/copy")
async def copy(
    resources: AppResources, app_id: AppIdPath, environment: Environment, body: CopySecrets, actor: ActorGiven
) -> CopiedSecrets:
    """Copies secrets of another environment into this one, all or none of them."""
    return CopiedSecrets(names=await copy_secrets(resources, app_id, environment, body, actor))


@router.put("/{name}", status_code=204)
async def put(
    resources: AppResources,
    app_id: AppIdPath,
    environment: Environment,
    name: SecretNamePath,
    body: SecretValue,
    actor: ActorGiven,
) -> None:
    """Takes effect with the environment's next deployment."""
    await put_secret(resources, app_id, environment, name, body, actor)


@router.delete("/{name}", status_code=204)
async def delete(
    resources: AppResources,
    app_id: AppIdPath,
    environment: Environment,
    name: SecretNamePath,
    actor: ActorGiven,
) -> None:
    """Takes effect with the environment's next deployment."""
    await delete_secret(resources, app_id, environment, name, actor)
