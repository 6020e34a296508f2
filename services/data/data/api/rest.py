"""An app's tables and functions, in PostgREST's dialect: what supabase-js calls `from` and `rpc`."""

import json
import math
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from common.errors import AppError
from common.middleware import ASKED_METHOD, QUIET
from data.api.access import access_by, access_of, headers_of
from data.domain.auth.claims import TokenExpired
from data.domain.rest.errors import RestError
from data.usecases.resources import Resources
from data.usecases.rest import answer as answers

_EXPOSED = (
    "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Preference-Applied, "
    "Retry-After, Server, Transfer-Encoding, Range-Unit"
)
_ALWAYS = {
    b"access-control-allow-origin": b"*",
    b"access-control-expose-headers": _EXPOSED.encode(),
    b"x-content-type-options": b"nosniff",
}
_METHODS = "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
_PREFLIGHT_SECONDS = "86400"

Endpoint = Callable[[Request], Awaitable[Response]]
_TOKEN_CODES = frozenset({"bad_jwt", "no_authorization"})


class RestShortcut:
    """Answers what live apps ask most without FastAPI's routing, which took a quarter of an answer's time.

    Endpoints take the request alone; the router below says of them what the OpenAPI document tells.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        endpoint = _endpoint(scope["method"], found["target"]) if found else None
        if found is None or endpoint is None:
            await self._app(scope, receive, send)
            return
        scope.update({"path_params": found.groupdict(), "route": _ROUTE, QUIET: True})
        response = await answered(endpoint, Request(scope, receive))
        await response(scope, receive, send)


async def answered(endpoint: Endpoint, request: Request) -> Response:
    """Errors are answered as PostgREST does, and pages of all origins may read the answers."""
    response = await _answer(endpoint, request)
    own = (header for header in response.raw_headers if header[0] not in _ALWAYS)
    response.raw_headers = [*own, *_ALWAYS.items()]
    return response


router = APIRouter(prefix="/{ref}/rest/v1", tags=["rest"])

_ADDRESS = re.compile(r"/(?P<ref>[^/]+)/rest/v1/(?P<target>.*)", re.DOTALL)
_READ_ONLY = "25006"
_STORING = frozenset({"POST", "PATCH", "PUT"})


@router.options("/{target:path}", include_in_schema=False)
async def preflight(request: Request) -> Response:
    """What a browser asks before it lets a page of another origin call."""
    return Response(
        headers={
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": request.headers.get("access-control-request-headers", "*"),
            "access-control-max-age": _PREFLIGHT_SECONDS,
        }
    )


@router.get("/")
async def root(request: Request) -> Response:
    """What answers here. Types of the tables come with the app's source."""
    await access_of(request)
    about = {
        "swagger": "2.0",
        "info": {"title": "An app's tables", "version": "1"},
        "basePath": "/",
        "paths": {},
    }
    return _json(200, about, media_type="application/openapi+json")


@router.get("/{target:path}")
@router.post("/{target:path}")
@router.patch("/{target:path}")
@router.put("/{target:path}")
@router.delete("/{target:path}")
async def call(request: Request) -> Response:
    """Read or change rows of a table or view, or call a function at `rpc/{name}`."""
    headers = headers_of(request)
    access = await access_by(request, headers)
    resources: Resources = request.app.state.resources
    asked = answers.Request(
        request.scope.get(ASKED_METHOD, request.method),
        request.path_params["target"],
        request.scope["query_string"].decode("latin-1"),
        headers,
        await request.body(),
    )
    shard = resources.shards[access.realm.shard]
    allowance, ref = resources.allowance, access.realm.ref
    calls = asked.target.startswith("rpc/")
    allowance.admit(ref, stores=asked.method in _STORING and not calls)
    # What a function does is known when it does it.
    full = calls and ref in allowance.full
    caller = answers.Caller(shard, ref, access.role, access.token.text, reads_only=full)
    try:
        reply = await answers.answer(resources.schemas, caller, asked, resources.settings.answer_limits())
    except RestError as refused:
        if full and refused.code == _READ_ONLY and asked.method == "POST":
            raise allowance.refusal() from refused
        raise
    return Response(reply.body, reply.status, headers=reply.headers)


_ROUTE = next(route for route in router.routes if getattr(route, "endpoint", None) is call)
_CALLS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


def _endpoint(method: str, target: str) -> Endpoint | None:
    if method == "OPTIONS":
        return preflight
    if method not in _CALLS:
        return None
    return root if method == "GET" and not target else call


async def _answer(handler: Endpoint, request: Request) -> Response:
    try:
        return await handler(request)
    except RestError as error:
        response = _json(error.status, error.body())
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["retry-after"] = "2"
        return response
    except AppError as error:
        return _refused(error)
    except HTTPException as error:  # a body that is too large, or ends too early
        return _json(error.status_code, _body("PGRST102", str(error.detail)))


def _refused(error: AppError) -> Response:
    if error.code in _TOKEN_CODES:
        code = "PGRST303" if isinstance(error, TokenExpired) else "PGRST301"
        response = _json(401, _body(code, error.message))
        response.headers["www-authenticate"] = "Bearer"
        return response
    response = _json(error.status, _body(error.code, error.message))
    if error.retryable:
        response.headers["retry-after"] = str(math.ceil(error.retry_after or 2.0))
    return response


def _body(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "details": None, "hint": None, "message": message}


def _json(status: int, body: Any, media_type: str = "application/json") -> Response:
    # ASCII only: a name in a message may be half of a character.
    return Response(json.dumps(body), status, media_type=media_type)
