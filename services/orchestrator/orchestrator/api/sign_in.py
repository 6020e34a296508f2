"""How people sign in to an app, in each of its environments: the data service keeps it."""

from typing import Any

from fastapi import APIRouter

from common.contracts import Environment, SignInChange, SignInSettings
from orchestrator.api.context import TAKES_TURNS, Caller, OwnedApp

router = APIRouter(
    prefix="/v1/apps/{app_id}/auth/{environment}", tags=["sign-in"], dependencies=[TAKES_TURNS]
)


@router.get("", response_model=SignInSettings)
async def get_sign_in(environment: Environment, app: OwnedApp, context: Caller) -> Any:
    """The environment's settings of sign-in: what is needed for it, how long it lasts, at which providers.

    An environment without a database shows what it will begin with. Secrets are never shown.
    """
    return await context.resources.database.sign_in(app.id, environment)


@router.patch("", response_model=SignInSettings)
async def patch_sign_in(environment: Environment, body: SignInChange, app: OwnedApp, context: Caller) -> Any:
    """Changes them, from the next request of the app on; what is left out stays as it is.

    Needs no deployment. A provider of OpenID Connect is given `callback_url` as redirect URI.
    """
    return await context.resources.database.change_sign_in(app.id, environment, body)
