"""The FastAPI app every service starts from: probes, problem documents, request ids."""

import asyncio
import functools
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match

from common.background import being_cancelled
from common.errors import AppError, NotFound, PayloadTooLarge
from common.logging import get_logger, redact
from common.middleware import METHODS, USUAL_LIMITS, BodyLimits, RequestMiddleware, Shortcut

Check = Callable[[], Awaitable[str | None]]
"""Raises when something is not ready; may answer a detail that `/readyz` shows."""

_CHECK_SECONDS = 2.0
_RETRY_SECONDS = 2.0
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

logger = get_logger(__name__)


class Problem(BaseModel):
    """An RFC 9457 problem document. `code` is stable and meant for programs; `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str


_PROBLEM = {
    "description": "A problem document (RFC 9457)",
    "headers": {
        "Retry-After": {
            "description": "Seconds until the same request may succeed; always with 429 and 503",
            "schema": {"type": "integer"},
        }
    },
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class Http(TypedDict):
    """How a service shows itself. `shortcut` is asked before FastAPI looks for a route."""

    title: str
    description: str
    limits: NotRequired[BodyLimits]
    shortcut: NotRequired[type[Shortcut] | None]


def build_app(
    *,
    title: str,
    description: str,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    routers: Sequence[APIRouter],
    limits: BodyLimits = USUAL_LIMITS,
    shortcut: type[Shortcut] | None = None,
) -> FastAPI:
    """Creates the app. The lifespan puts the readiness checks into `app.state.checks`, a dict by name.

    `app.state.stopping` is an event that endless responses wait for, so that they end with the service.
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        lifespan=lifespan,
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
        dependencies=[Depends(_refuse_nul)],
        redirect_slashes=False,  # the redirect would lead to whatever host the request names
    )
    app.openapi = functools.partial(_document, app.openapi)  # type: ignore[method-assign]  # FastAPI's own way
    app.state.checks = {}
    app.state.stopping = asyncio.Event()
    if shortcut is not None:
        app.add_middleware(shortcut)
    app.add_middleware(RequestMiddleware, limits=limits, on_error=_on_unexpected)
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.include_router(_probes())
    for router in routers:
        app.include_router(router)
    return app


def problem(
    status: int,
    code: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    *,
    retry_after: float | None = None,
) -> Response:
    """A problem document; `retry_after` in seconds, which 429 and 503 always have."""
    body = {**(extra or {}), "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if status in _LATER or retry_after is not None:
        headers["retry-after"] = str(math.ceil(retry_after or _RETRY_SECONDS))
    return JSONResponse(
        {**body, "code": code, "detail": detail},
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


async def _on_app_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101  # what the handler is registered for
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request failed", code=error.code, reason=error.message, exc_info=error)
    context = {key: value for key, value in error.context.items() if _is_json(value)}
    retry_after = error.retry_after or (_RETRY_SECONDS if error.retryable else None)
    return problem(error.status, error.code, error.message, context, retry_after=retry_after)


async def _on_validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['field']}: {item['message']}" for item in errors[:5])
    return problem(422, "invalid_request", f"The request is not valid. {detail}", {"errors": errors[:20]})


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = ", ".join(_allowed(request))
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    too_large = error.status_code == PayloadTooLarge.status
    code = (
        PayloadTooLarge.code if too_large else HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    )
    response = problem(error.status_code, code, str(error.detail))
    response.headers.update(headers)
    return response


def _allowed(request: Request) -> list[str]:
    """The methods of all routes with the request's path; Starlette itself names those of the first only."""
    routes = request.app.router.routes

    def served(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] == Match.FULL for route in routes)

    found = {method for method in METHODS if served(method)}
    return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()))


async def _refuse_nul(request: Request) -> None:
    """Postgres would not even compare an id with NUL; a file's path is checked by who takes it."""
    if any("\0" in value for name, value in request.path_params.items() if name != "path"):
        raise NotFound("There is nothing with this id.")


def _on_unexpected(_error: Exception) -> Response:
    detail = "Something went wrong on our side; nothing of your request was kept half done. Try again."
    return problem(500, "internal_error", detail)


def _is_json(value: object) -> bool:
    if not isinstance(value, str | int | float | list):
        return False
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _document(generate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The OpenAPI document with the schema that all errors refer to."""
    document = generate()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema())
    return document


def _probes() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz(request: Request) -> Response:
        checks: dict[str, Check] = request.app.state.checks
        results = await asyncio.gather(*(_run_check(check) for check in checks.values()))
        outcome = {name: result for name, (result, _) in zip(checks, results, strict=True)}
        details = {name: detail for name, (_, detail) in zip(checks, results, strict=True) if detail}
        ready = all(result == "ok" for result in outcome.values())
        body: dict[str, object] = {"status": "ok" if ready else "unavailable", "checks": outcome}
        if details:
            body["details"] = details
        if ready:
            return JSONResponse(body)
        return JSONResponse(body, status_code=503, headers={"retry-after": f"{_RETRY_SECONDS:.0f}"})

    return router


async def _run_check(check: Check) -> tuple[str, str | None]:
    """What is wrong, or else "ok" and the detail if there is one."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return "ok", await check()
    except TimeoutError:
        return f"no answer within {time.monotonic() - began:.0f} s", None
    except AppError as error:
        return redact(error.message), None
    except (Exception, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and being_cancelled():
            raise
        logger.exception("readiness check failed")
        return type(error).__name__, None
