"""The environments' secrets: the deployer keeps them, the key of who changes them is told to it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from common.contracts import CopiedSecrets, CopySecrets, Environment, SecretEvent, SecretName, SecretView
from common.pages import Limit, Page
from orchestrator.api import schemas
from orchestrator.api.context import TAKES_TURNS, Caller, Cursor, OwnedApp

NamePath = Annotated[SecretName, Path()]

router = APIRouter(prefix="/v1/apps/{app_id}/env/{environment}", tags=["secrets"], dependencies=[TAKES_TURNS])


@router.get("", response_model=Page[SecretView])
async def list_secrets(environment: Environment, app: OwnedApp, context: Caller) -> Any:
    """The environment's secrets and public variables by name, on one page; only public values are shown."""
    return await context.resources.deployer.list_secrets(app.id, environment)


@router.get("/events", response_model=Page[SecretEvent])
async def list_secret_events(
    environment: Environment, app: OwnedApp, context: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    """What was done to the environment's secrets and by which API key, newest first; names, never values.

    `deployed` tells that a deployment's upload took them to Cloudflare.
    """
    deployer = context.resources.deployer
    return await deployer.list_secret_events(app.id, environment, limit=limit, cursor=cursor)


@router.post("/copy", response_model=CopiedSecrets)
async def copy_secrets(environment: Environment, body: CopySecrets, app: OwnedApp, context: Caller) -> Any:
    """Copies secrets and public variables of another environment into this one: all asked for, or none.

    They reach the app with this environment's next deployment.
    """
    return await context.resources.deployer.copy_secrets(app.id, environment, body, context.actor)


@router.put("/{name}", status_code=204, response_class=Response)
async def put_secret(
    environment: Environment, name: NamePath, body: schemas.PutSecret, app: OwnedApp, context: Caller
) -> None:
    """Sets a secret, or with `public` a variable that everybody can read in the app's page.

    It reaches the app with the environment's next deployment.
    """
    await context.resources.deployer.put_secret(app.id, environment, name, body, context.actor)


@router.delete("/{name}", status_code=204, response_class=Response)
async def delete_secret(environment: Environment, name: NamePath, app: OwnedApp, context: Caller) -> None:
    await context.resources.deployer.delete_secret(app.id, environment, name, context.actor)
