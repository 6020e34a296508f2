"""An app's secrets by environment; values go in and never come out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from common.contracts import Environment, SecretValue
from common.pages import Page
from deployer.api.dependencies import AppIdPath, AppResources
from deployer.usecases.secrets import delete_secret, list_secrets, put_secret

SecretName = Annotated[str, Path(max_length=200)]


class SecretView(BaseModel):
    name: str
    updated_at: datetime


router = APIRouter(prefix="/v1/apps/{app_id}/secrets/{environment}", tags=["secrets"])


@router.get("")
async def list_all(resources: AppResources, app_id: AppIdPath, environment: Environment) -> Page[SecretView]:
    """All of them on one page: an environment has 60 at most."""
    rows = await list_secrets(resources, app_id, environment)
    items = [SecretView(name=row.name, updated_at=row.updated_at) for row in rows]
    return Page(items=items, next_cursor=None)


@router.put("/{name}", status_code=204)
async def put(
    resources: AppResources, app_id: AppIdPath, environment: Environment, name: SecretName, body: SecretValue
) -> None:
    """Takes effect with the environment's next deployment."""
    await put_secret(resources, app_id, environment, name, body.value.get_secret_value())


@router.delete("/{name}", status_code=204)
async def delete(
    resources: AppResources, app_id: AppIdPath, environment: Environment, name: SecretName
) -> None:
    """Takes effect with the environment's next deployment."""
    await delete_secret(resources, app_id, environment, name)
