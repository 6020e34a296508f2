"""Sign-in at providers: the browser goes there, comes back, and is sent on into the app."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from data.api.auth.dialect import AuthRoute, KeyedCaller, OpenCaller, Text, UserClaims
from data.api.dependencies import AppResources
from data.domain.auth.flows import FLOW_SECONDS, Started, callback_url, cookie_name, passed_on
from data.usecases.auth.caller import Caller
from data.usecases.auth.oidc import Return, Wish, finish, remove_identity, start

router = APIRouter(route_class=AuthRoute)


@router.get("/authorize", status_code=302, response_class=Response)
async def get_authorize(
    request: Request,
    resources: AppResources,
    caller: OpenCaller,
    provider: Text = "",
    redirect_to: Text | None = None,
    scopes: Text = "",
    code_challenge: Text | None = None,
    code_challenge_method: Text | None = None,
) -> Response:
    """Sends the browser to the provider, from where it comes back to `callback`."""
    wish = Wish(
        provider=provider,
        redirect_to=redirect_to,
        scopes=scopes,
        challenge=(code_challenge, code_challenge_method),
        extra=passed_on(request.query_params),
    )
    return _on_the_way(caller, await start(resources, caller, wish))


@router.get("/callback", status_code=302, response_class=Response)
async def get_callback(
    request: Request,
    resources: AppResources,
    caller: OpenCaller,
    state: Text = "",
    code: Text = "",
    error: Text = "",
    error_description: Text = "",
    iss: Text | None = None,
) -> Response:
    """Sends the browser on into the app: with a session, with a code of PKCE, or with what is wrong."""
    back = Return(
        state=state,
        code=code,
        error=error,
        error_description=error_description,
        issuer=iss,
        cookies=request.cookies,
    )
    response = _redirect(await finish(resources, caller, back))
    response.delete_cookie(cookie_name(state), path=_path(caller))
    return response


@router.get("/user/identities/authorize", response_model=None)
async def get_identities_authorize(
    request: Request,
    resources: AppResources,
    caller: KeyedCaller,
    claims: UserClaims,
    provider: Text = "",
    redirect_to: Text | None = None,
    scopes: Text = "",
    code_challenge: Text | None = None,
    code_challenge_method: Text | None = None,
    skip_http_redirect: bool = False,
) -> Response:
    """Where the signed-in user has to go to add another way to sign in."""
    wish = Wish(
        provider=provider,
        redirect_to=redirect_to,
        scopes=scopes,
        challenge=(code_challenge, code_challenge_method),
        extra=passed_on(request.query_params),
    )
    started = await start(resources, caller, wish, claims)
    return JSONResponse({"url": started.url}) if skip_http_redirect else _redirect(started.url)


@router.delete("/user/identities/{identity_id}")
async def delete_identity(
    resources: AppResources, caller: KeyedCaller, claims: UserClaims, identity_id: Text
) -> dict[str, Any]:
    """Takes a way to sign in from the user, who has to keep another."""
    return await remove_identity(resources, caller, claims, identity_id)


def _on_the_way(caller: Caller, started: Started) -> Response:
    response = _redirect(started.url)
    if started.cookie is not None:
        name, value = started.cookie
        response.set_cookie(
            name,
            value,
            max_age=FLOW_SECONDS,
            path=_path(caller),
            secure=caller.issuer.startswith("https:"),
            httponly=True,
            samesite="lax",  # the provider sends the browser back by a link or a redirect
        )
    return response


def _redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, 302, headers={"referrer-policy": "no-referrer"})


def _path(caller: Caller) -> str:
    return "/" + callback_url(caller.issuer).split("/", 3)[3]
