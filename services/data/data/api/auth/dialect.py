"""How GoTrue answers: its errors, its version, and pages of all origins may read it."""

import math
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.exceptions import HTTPException

from common.errors import AppError, NotFound
from data.api.access import GivenAccess, GivenRealm, access_of
from data.domain.auth.errors import AuthRefused
from data.domain.auth.forwarded import caller_address
from data.domain.realm import Role
from data.usecases.auth.caller import Caller, caller_of

PREFIX = "/{ref}/auth/v1"
VERSION_HEADER = "x-supabase-api-version"
VERSION = "2024-01-01"
_EXPOSED = "X-Supabase-Api-Version, X-Total-Count, Link, Retry-After"
_METHODS = "GET, POST, PUT, DELETE, OPTIONS"
_PREFLIGHT_SECONDS = "3600"
_CODES = {404: "not_found", 405: "validation_failed", 413: "request_too_large"}


class AuthRoute(APIRoute):
    """Answers errors as GoTrue does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            response = await _answer(handler, request)
            response.headers[VERSION_HEADER] = VERSION
            response.headers.setdefault("cache-control", "no-store")
            response.headers["access-control-allow-origin"] = "*"
            response.headers["access-control-expose-headers"] = _EXPOSED
            return response

        return answered


async def _answer(handler: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    try:
        return await handler(request)
    except AuthRefused as error:
        return refused(request, error, reasons=error.reasons)
    except AppError as error:
        return refused(request, error)
    except RequestValidationError as error:
        return refused(request, _invalid(error))
    except HTTPException as error:  # a body that is too large, or cannot be read at all
        code, message = _CODES.get(error.status_code, "validation_failed"), str(error.detail)
        return _body(request, error.status_code, code, message)


def _invalid(error: RequestValidationError) -> AuthRefused:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return AuthRefused("bad_json")
    what = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in found[:5])
    return AuthRefused("validation_failed", f"The request is not valid. {what}")


def refused(request: Request, error: AppError, reasons: tuple[str, ...] = ()) -> Response:
    """The error in the words of the API version that the caller speaks."""
    response = _body(
        request,
        error.status,
        error.code,
        error.message,
        **({"weak_password": {"reasons": list(reasons)}} if reasons else {}),
    )
    if error.retry_after or error.retryable or error.status == 429:
        response.headers["retry-after"] = str(math.ceil(error.retry_after or 2.0))
    return response


def _body(request: Request, status: int, code: str, message: str, **more: object) -> Response:
    if request.headers.get(VERSION_HEADER, "") >= VERSION:
        return JSONResponse({"code": code, "message": message, **more}, status)
    return JSONResponse({"code": status, "error_code": code, "msg": message, **more}, status)


async def preflight(request: Request) -> Response:
    """What a browser asks before it lets a page of another origin call."""
    return Response(
        headers={
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": request.headers.get("access-control-request-headers", "*"),
            "access-control-max-age": _PREFLIGHT_SECONDS,
        }
    )


async def keyed_caller(request: Request, access: GivenAccess) -> Caller:
    """A caller with the realm's key."""
    return _caller(request, access.realm)


async def open_caller(request: Request, realm: GivenRealm) -> Caller:
    """A caller who needs no key: who follows a link in a mail."""
    return _caller(request, realm)


async def user_claims(request: Request) -> Any:
    """What the access token of a signed-in caller says; raises AuthRefused for all others."""
    access = await access_of(request)
    if access.role is not Role.AUTHENTICATED:
        raise AuthRefused("no_authorization")
    return access.token.claims


def _caller(request: Request, realm: Any) -> Caller:
    resources, address = request.app.state.resources, None
    if request.client is not None:
        forwarded = request.headers.getlist("x-forwarded-for")
        address = caller_address(request.client.host, forwarded, resources.settings.trusted_proxies)
    return caller_of(resources, realm, address, request.headers.get("user-agent"))


KeyedCaller = Annotated[Caller, Depends(keyed_caller)]
OpenCaller = Annotated[Caller, Depends(open_caller)]
UserClaims = Annotated[Any, Depends(user_claims)]


async def not_offered(_claims: UserClaims) -> None:
    """What GoTrue has and is not served here, such as more factors, or an API for admins."""
    raise NotFound("This is not offered here.")


Text = Annotated[str, StringConstraints(max_length=4096)]


class Body(BaseModel):
    """What auth-js sends; what is not known of it is let by, as GoTrue does."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    code_challenge: Text | None = None
    code_challenge_method: Text | None = None

    @property
    def challenge(self) -> tuple[str | None, str | None]:
        return self.code_challenge, self.code_challenge_method
