"""The signed-in user's own account."""

from typing import Any

from fastapi import APIRouter

from data.api.auth.dialect import AuthRoute, Body, KeyedCaller, Text, UserClaims
from data.api.dependencies import AppResources
from data.domain.auth.errors import AuthRefused
from data.usecases.auth.letters import reauthenticate
from data.usecases.auth.user import Changes, get_user, update_user

router = APIRouter(route_class=AuthRoute)


class UserChange(Body):
    """What is left out stays as it is; `nonce` is the code of a reauthentication."""

    email: Text | None = None
    phone: Text | None = None
    password: Text | None = None
    nonce: Text | None = None
    data: dict[str, Any] | None = None


@router.get("/user")
async def get(resources: AppResources, caller: KeyedCaller, claims: UserClaims) -> dict[str, Any]:
    """The user of the access token."""
    return await get_user(resources, caller, claims)


@router.put("/user")
async def put(
    resources: AppResources,
    caller: KeyedCaller,
    claims: UserClaims,
    body: UserChange,
    redirect_to: Text | None = None,
) -> dict[str, Any]:
    """Changes the user; a new address may have to be confirmed first."""
    if body.phone:
        raise AuthRefused("phone_provider_disabled")
    changes = Changes(
        email=body.email,
        password=body.password,
        data=body.data,
        nonce=body.nonce,
        challenge=body.challenge,
        redirect_to=redirect_to,
    )
    return await update_user(resources, caller, claims, changes)


@router.get("/reauthenticate")
async def get_reauthenticate(
    resources: AppResources, caller: KeyedCaller, claims: UserClaims
) -> dict[str, Any]:
    """Sends the user a code with which they confirm a new password."""
    await reauthenticate(resources, caller, claims)
    return {}
