"""An app's secrets. They reach its Worker with the next deployment; no value is ever read back."""

from common.contracts import AppId, Environment
from common.deletion import is_deleted
from common.errors import NotFound
from deployer.db import secrets
from deployer.db.models import AppSecret, DeletedApp
from deployer.domain.errors import InvalidSecret
from deployer.domain.secrets import MAX_SECRETS, check_secret, secret_context
from deployer.errors import SecretNotFound
from deployer.usecases.resources import Resources


async def list_secrets(resources: Resources, app_id: AppId, environment: Environment) -> list[AppSecret]:
    """The environment's secrets by name; their values stay sealed."""
    async with resources.db.begin() as session:
        return list(await secrets.of_environment(session, app_id, environment.value))


async def put_secret(
    resources: Resources, app_id: AppId, environment: Environment, name: str, value: str
) -> None:
    """Raises InvalidSecret, and NotFound for a deleted app."""
    check_secret(name, value)
    sealed = resources.sealer.seal(value, secret_context(app_id, environment.value, name))
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, app_id):
            raise NotFound(f"There is no app '{app_id}'.", app_id=app_id)
        if await secrets.count_others(session, app_id, environment.value, name) >= MAX_SECRETS:
            raise InvalidSecret(
                f"An environment holds at most {MAX_SECRETS} secrets; delete one first.", name=name
            )
        await secrets.put(session, app_id, environment.value, name, sealed)


async def delete_secret(resources: Resources, app_id: AppId, environment: Environment, name: str) -> None:
    """Raises SecretNotFound."""
    async with resources.db.begin() as session:
        if not await secrets.remove(session, app_id, environment.value, name):
            raise SecretNotFound(f"There is no secret {name} in {environment.value}.", name=name)
