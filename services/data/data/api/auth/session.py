"""Signing up, in and out."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import StringConstraints

from data.api.auth.dialect import AuthRoute, Body, KeyedCaller, Text, UserClaims, user_claims
from data.api.dependencies import AppResources
from data.domain.auth.errors import AuthRefused
from data.domain.auth.profiles import MAX_ID_TOKEN
from data.usecases.auth.oidc import sign_in_by_token
from data.usecases.auth.sessions import exchange_code, refresh, sign_out
from data.usecases.auth.sign_in import sign_in
from data.usecases.auth.sign_up import sign_up, sign_up_anonymously

router = APIRouter(route_class=AuthRoute)


class SignUp(Body):
    """Without an address and a phone number the caller is a visitor."""

    email: Text | None = None
    phone: Text | None = None
    password: Text | None = None
    data: dict[str, Any] | None = None


class Grant(Body):
    """What is exchanged for a session; which fields depends on the kind of grant."""

    email: Text | None = None
    phone: Text | None = None
    password: Text | None = None
    refresh_token: Text | None = None
    auth_code: Text | None = None
    code_verifier: Text | None = None
    provider: Text = ""
    id_token: Annotated[str, StringConstraints(max_length=MAX_ID_TOKEN)] = ""
    access_token: Annotated[str, StringConstraints(max_length=MAX_ID_TOKEN)] | None = None
    nonce: Text | None = None
    link_identity: bool = False


@router.post("/signup")
async def post_signup(
    resources: AppResources, caller: KeyedCaller, body: SignUp, redirect_to: Text | None = None
) -> dict[str, Any]:
    """A session, or the user where the address has to be confirmed first."""
    if body.phone:
        raise AuthRefused("phone_provider_disabled", "Phone signups are disabled")
    if not body.email:
        return await sign_up_anonymously(resources, caller, body.data or {})
    return await sign_up(
        resources,
        caller,
        email=body.email,
        password=body.password or "",
        data=body.data or {},
        challenge=body.challenge,
        redirect_to=redirect_to,
    )


@router.post("/token")
async def post_token(
    request: Request, resources: AppResources, caller: KeyedCaller, body: Grant, grant_type: Text = ""
) -> dict[str, Any]:
    """A session for a password, a refresh token, a code of PKCE or a provider's ID token."""
    if grant_type == "password":
        if body.phone:
            raise AuthRefused("phone_provider_disabled", "Phone logins are disabled")
        if not body.email:
            raise AuthRefused("validation_failed", "missing email or phone")
        return await sign_in(resources, caller, email=body.email, password=body.password or "")
    if grant_type == "refresh_token":
        if not body.refresh_token:
            raise AuthRefused("validation_failed", "refresh_token required")
        return await refresh(resources, caller, body.refresh_token)
    if grant_type == "pkce":
        return await exchange_code(resources, caller, body.auth_code or "", body.code_verifier or "")
    if grant_type == "id_token":
        return await sign_in_by_token(
            resources,
            caller,
            provider=body.provider,
            id_token=body.id_token,
            nonce=body.nonce,
            access_token=body.access_token,
            claims=await user_claims(request) if body.link_identity else None,
        )
    if grant_type == "web3":
        raise AuthRefused("web3_provider_disabled")
    raise AuthRefused("validation_failed", f"unsupported_grant_type: {grant_type[:50]}")


@router.post("/logout", status_code=204, response_class=Response)
async def post_logout(
    resources: AppResources, caller: KeyedCaller, claims: UserClaims, scope: Text = "global"
) -> None:
    """Ends the session (`local`), all of the user's (`global`) or all but this one (`others`)."""
    await sign_out(resources, caller, claims, scope)
