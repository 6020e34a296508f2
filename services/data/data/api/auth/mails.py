"""What is asked for by mail, and the links and codes that come back."""

import re
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from common.middleware import ASKED_METHOD
from data.api.auth.dialect import AuthRoute, Body, KeyedCaller, OpenCaller, Text
from data.api.dependencies import AppResources
from data.domain.auth.errors import AuthRefused
from data.usecases.auth.letters import recover, send_again, send_sign_in
from data.usecases.auth.verify import Claimed, follow_link, verify

router = APIRouter(route_class=AuthRoute)
_PHONE = re.compile(r"\+?[1-9][0-9]{1,14}")


class MailRequest(Body):
    """Where to write to, and for what."""

    email: Text | None = None
    phone: Text | None = None
    type: Text = ""
    create_user: bool = True
    data: dict[str, Any] | None = None

    def address(self) -> str:
        """Raises AuthRefused without one."""
        if self.phone:
            raise AuthRefused("phone_provider_disabled")
        if not self.email:
            raise AuthRefused("validation_failed", "One of email or phone must be set")
        return self.email


class Verification(Body):
    """A link's `token_hash`, or an address and the code that was sent there as `token`."""

    type: Text = ""
    email: Text | None = None
    phone: Text | None = None
    token: Text | None = None
    token_hash: Text | None = None


@router.post("/recover")
async def post_recover(
    resources: AppResources, caller: KeyedCaller, body: MailRequest, redirect_to: Text | None = None
) -> dict[str, Any]:
    """Sends a link and a code by which a forgotten password can be replaced."""
    await recover(resources, caller, body.address(), challenge=body.challenge, redirect_to=redirect_to)
    return {}


@router.post("/otp")
@router.post("/magiclink")
async def post_otp(
    resources: AppResources, caller: KeyedCaller, body: MailRequest, redirect_to: Text | None = None
) -> dict[str, Any]:
    """Sends a link and a code to sign in by."""
    await send_sign_in(
        resources,
        caller,
        body.address(),
        create=body.create_user,
        data=body.data or {},
        challenge=body.challenge,
        redirect_to=redirect_to,
    )
    return {}


@router.post("/resend")
async def post_resend(
    resources: AppResources, caller: KeyedCaller, body: MailRequest, redirect_to: Text | None = None
) -> dict[str, Any]:
    """Sends the mail of a sign-up or of a change of address again."""
    address = body.address()
    await send_again(resources, caller, address, body.type, challenge=body.challenge, redirect_to=redirect_to)
    return {}


@router.post("/verify")
async def post_verify(resources: AppResources, caller: KeyedCaller, body: Verification) -> dict[str, Any]:
    """A session for who holds a link or a code."""
    if body.phone:
        if not _PHONE.fullmatch(body.phone):
            raise AuthRefused("validation_failed", "Invalid phone number format (E.164 required)")
        raise AuthRefused("otp_expired")  # none was ever sent
    link, code = body.token_hash or "", body.token or ""
    if not link and not (code and body.email):
        raise AuthRefused("validation_failed", "Verify requires either a token hash, or an email and a token")
    return await verify(resources, caller, Claimed(body.type, link=link, email=body.email or "", code=code))


@router.get("/verify", response_class=RedirectResponse, status_code=303)
async def get_verify(
    request: Request,
    resources: AppResources,
    caller: OpenCaller,
    token: Text = "",
    type: Text = "",  # noqa: A002  # as it stands in the mail
    redirect_to: Text | None = None,
) -> Response:
    """Where a link in a mail leads to: into the app, signed in."""
    if _only_looks(request):
        return Response(status_code=204)
    target = await follow_link(resources, caller, Claimed(type, link=token or "-"), redirect_to)
    return RedirectResponse(target, status_code=303, headers={"referrer-policy": "no-referrer"})


def _only_looks(request: Request) -> bool:
    """Whether it is a scanner of mails, or a browser that expects a link to be followed: it works once."""
    purposes = (request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    return ASKED_METHOD in request.scope or any("prefetch" in purpose.lower() for purpose in purposes)
