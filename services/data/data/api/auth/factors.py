"""More factors than one: nobody has any here, and GoTrue's codes say so."""

from fastapi import APIRouter

from data.api.auth.dialect import AuthRoute, Body, Text, UserClaims
from data.domain.auth.errors import AuthRefused

router = APIRouter(route_class=AuthRoute, prefix="/factors")
_KINDS = ("totp", "phone", "webauthn")


class Factor(Body):
    """What somebody would like to prove who they are with, besides the first way."""

    factor_type: Text = ""


@router.post("", include_in_schema=False)
async def post_factor(_claims: UserClaims, body: Factor) -> None:
    """No factor is offered."""
    if body.factor_type not in _KINDS:
        raise AuthRefused("validation_failed", "factor_type needs to be totp, phone, or webauthn")
    raise AuthRefused(f"mfa_{body.factor_type}_enroll_not_enabled")


@router.api_route("/recovery-codes", methods=["GET", "POST", "DELETE"], include_in_schema=False)
@router.post("/recovery-codes/regenerate", include_in_schema=False)
async def recovery_codes(_claims: UserClaims) -> None:
    """Neither are codes to write down."""
    raise AuthRefused("mfa_recovery_codes_enroll_not_enabled")


@router.post("/recovery-codes/verify", include_in_schema=False)
async def post_recovery_code(_claims: UserClaims) -> None:
    """So none is right."""
    raise AuthRefused("mfa_recovery_codes_verify_not_enabled")


@router.delete("/{factor_id}", include_in_schema=False)
@router.post("/{factor_id}/challenge", include_in_schema=False)
@router.post("/{factor_id}/verify", include_in_schema=False)
async def of_factor(_claims: UserClaims) -> None:
    """There is none by any id."""
    raise AuthRefused("mfa_factor_not_found")
