"""An environment's secrets: kept by the deployer, reached through the team that owns the app."""

from typing import Any

from common.contracts import Environment
from orchestrator.db import apps
from orchestrator.usecases.resources import Resources


async def list_secrets(resources: Resources, team_id: str, app_id: str, environment: Environment) -> Any:
    await _check_owner(resources, team_id, app_id)
    return await resources.deployer.list_secrets(app_id, environment)


async def put_secret(
    resources: Resources, team_id: str, app_id: str, environment: Environment, key: str, value: str
) -> None:
    await _check_owner(resources, team_id, app_id)
    await resources.deployer.put_secret(app_id, environment, key, value)


async def delete_secret(
    resources: Resources, team_id: str, app_id: str, environment: Environment, key: str
) -> None:
    await _check_owner(resources, team_id, app_id)
    await resources.deployer.delete_secret(app_id, environment, key)


async def _check_owner(resources: Resources, team_id: str, app_id: str) -> None:
    async with resources.db.begin() as session:
        await apps.get_app(session, team_id, app_id)
