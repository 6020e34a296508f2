"""An app's secrets by environment; values go in and never come out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, SecretStr

from common.auth import require_service_token
from common.contracts import Environment
from deployer.api.dependencies import AppIdPath, PoolsDependency
from deployer.usecases.secrets import delete_secret, list_secrets, put_secret

KeyPath = Annotated[str, Path(max_length=200)]


class SecretView(BaseModel):
    name: str
    updated_at: datetime


class SecretList(BaseModel):
    items: list[SecretView]


class SecretValue(BaseModel):
    value: SecretStr = Field(description="At most 5 KiB; never readable again")


def router(token: SecretStr) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/apps/{app_id}/secrets/{environment}",
        tags=["secrets"],
        dependencies=[Depends(require_service_token(token))],
    )

    @routes.get("")
    async def list_all(pools: PoolsDependency, app_id: AppIdPath, environment: Environment) -> SecretList:
        rows = await list_secrets(pools, app_id, environment)
        return SecretList(items=[SecretView(name=row.name, updated_at=row.updated_at) for row in rows])

    @routes.put("/{key}", status_code=204)
    async def put(
        pools: PoolsDependency, app_id: AppIdPath, environment: Environment, key: KeyPath, body: SecretValue
    ) -> None:
        """Takes effect with the environment's next deployment."""
        await put_secret(pools, app_id, environment, key, body.value.get_secret_value())

    @routes.delete("/{key}", status_code=204)
    async def delete(
        pools: PoolsDependency, app_id: AppIdPath, environment: Environment, key: KeyPath
    ) -> None:
        """Takes effect with the environment's next deployment."""
        await delete_secret(pools, app_id, environment, key)

    return routes
