"""The internal HTTP APIs of builder and deployer, where a message would not do."""

from typing import Any

import httpx

from common.errors import AppError, Unavailable
from common.logging import get_logger

_CALLERS_FAULT = frozenset({404, 409, 413, 422})

logger = get_logger(__name__)


class Upstream(AppError):
    """What another service refuses for a reason of the caller's: its code, status and words are passed on."""

    def __init__(self, message: str, *, code: str, status: int) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # the only error whose code is not its class's
        self.status = status  # type: ignore[misc]


async def _request(
    http: httpx.AsyncClient, service: str, method: str, path: str, **options: Any
) -> httpx.Response:
    try:
        response = await http.request(method, path, **options)
    except httpx.HTTPError as error:
        raise Unavailable(f"The {service} cannot be reached; try again shortly.") from error
    if response.is_success:
        return response
    raise _as_error(service, response)


def _as_error(service: str, response: httpx.Response) -> AppError:
    if response.status_code in _CALLERS_FAULT:
        try:
            problem = response.json()
            return Upstream(str(problem["detail"]), code=str(problem["code"]), status=response.status_code)
        except (ValueError, KeyError, TypeError):
            logger.warning("answer is no problem document", service=service, status=response.status_code)
    return Unavailable(f"The {service} answered {response.status_code}; try again shortly.")


class BuilderClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def log(self, build_id: str) -> str:
        return (await _request(self._http, "builder", "GET", f"/v1/builds/{build_id}/log")).text

    async def cancel(self, build_id: str) -> None:
        await _request(self._http, "builder", "POST", f"/v1/builds/{build_id}/cancel")


class DeployerClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def delete_app(self, app_id: str) -> None:
        await _request(self._http, "deployer", "DELETE", f"/v1/apps/{app_id}")

    async def list_secrets(self, app_id: str, environment: str) -> Any:
        path = f"/v1/apps/{app_id}/secrets/{environment}"
        return (await _request(self._http, "deployer", "GET", path)).json()

    async def put_secret(self, app_id: str, environment: str, key: str, value: str) -> None:
        path = f"/v1/apps/{app_id}/secrets/{environment}/{key}"
        await _request(self._http, "deployer", "PUT", path, json={"value": value})

    async def delete_secret(self, app_id: str, environment: str, key: str) -> None:
        path = f"/v1/apps/{app_id}/secrets/{environment}/{key}"
        await _request(self._http, "deployer", "DELETE", path)
