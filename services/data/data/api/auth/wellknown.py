"""What anybody may know of an app's sign-in."""

from typing import Any

from fastapi import APIRouter, Response

from data.api.access import GivenRealm
from data.api.auth.dialect import AuthRoute, KeyedCaller
from data.api.dependencies import AppResources
from data.domain.auth.errors import AuthRefused

router = APIRouter(route_class=AuthRoute)


@router.get("/.well-known/jwks.json")
async def get_jwks(resources: AppResources, _realm: GivenRealm, response: Response) -> dict[str, Any]:
    """The keys that sign access tokens, so that others can verify them."""
    response.headers["cache-control"] = "public, max-age=600"
    return dict(resources.signer.jwks)


@router.get("/health")
async def get_health() -> dict[str, str]:
    """Whether somebody answers."""
    return {"version": "1", "name": "OverSkill", "description": "Sign-in in the dialect of GoTrue"}


@router.get("/settings")
async def get_settings(caller: KeyedCaller) -> dict[str, Any]:
    """How people can sign in to the app."""
    settings = caller.settings
    enabled = {name: True for name, provider in settings.providers.items() if provider.enabled}
    return {
        "external": {
            "email": True,
            "phone": False,
            "anonymous_users": settings.anonymous_enabled,
            **enabled,
        },
        "disable_signup": not settings.signup_enabled,
        "mailer_autoconfirm": not settings.confirm_email,
        "phone_autoconfirm": False,
        "sms_provider": "",
        "saml_enabled": False,
    }


@router.post("/sso", include_in_schema=False)
async def post_sso() -> None:
    """SAML is not offered."""
    raise AuthRefused("saml_provider_disabled")
