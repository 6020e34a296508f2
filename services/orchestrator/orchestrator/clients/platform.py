"""The internal HTTP APIs of builder and deployer, where a message would not do."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from common.contracts import (
    KEY_HEADER,
    TEAM_HEADER,
    AppPackages,
    CopySecrets,
    ResolvedPackages,
    ResolvePackages,
    SecretValue,
)
from common.http import Refused, translated
from orchestrator.errors import BuildNotFound

_AUDIT_TIMEOUT = httpx.Timeout(30.0, connect=3.0)  # npm is asked


@dataclass(frozen=True)
class Actor:
    """Whose request it is, and by which API key."""

    team_id: str
    key_id: str


async def _request(
    http: httpx.AsyncClient, service: str, method: str, path: str, **options: Any
) -> httpx.Response:
    with translated(f"The {service}"):
        return (await http.request(method, path, **options)).raise_for_status()


async def _delete_app(http: httpx.AsyncClient, service: str, app_id: str) -> bool:
    response = await _request(http, service, "DELETE", f"/v1/apps/{app_id}")
    return response.status_code == HTTPStatus.NO_CONTENT


class BuilderClient:
    """The builder's internal API. What it refuses for a reason of the caller's comes with its own code."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def log(self, build_id: str) -> str:
        """The build's log; empty when the builder has none yet, or none any more. Raises Unavailable."""
        try:
            return (await _request(self._http, "builder", "GET", f"/v1/builds/{build_id}/log")).text
        except Refused as error:
            if error.code == BuildNotFound.code:
                return ""
            raise

    async def cancel(self, build_id: str) -> None:
        """Asks that the build end; harmless for one that has. Raises Unavailable."""
        await _request(self._http, "builder", "POST", f"/v1/builds/{build_id}/cancel")

    async def resolve(self, wish: ResolvePackages, seconds: float) -> ResolvedPackages:
        """The package files that an app shall have; raises what the builder refuses, or Unavailable."""
        body, timeout = wish.model_dump(mode="json"), httpx.Timeout(seconds, connect=3.0)
        answer = await _request(
            self._http, "builder", "POST", "/v1/packages/resolve", json=body, timeout=timeout
        )
        return ResolvedPackages.model_validate_json(answer.content)

    async def packages(self, key: str) -> AppPackages:
        """What was resolved under the key. Raises PackagesUnknown's refusal, or Unavailable."""
        answer = await _request(self._http, "builder", "GET", f"/v1/packages/{key}", timeout=_AUDIT_TIMEOUT)
        return AppPackages.model_validate_json(answer.content)

    async def delete_app(self, app_id: str) -> bool:
        """Whether nothing of it is left there."""
        return await _delete_app(self._http, "builder", app_id)


class DeployerClient:
    """The deployer's internal API. What it refuses for a reason of the caller's comes with its own code."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def delete_app(self, app_id: str) -> bool:
        """Whether nothing of it is left there."""
        return await _delete_app(self._http, "deployer", app_id)

    async def list_secrets(self, app_id: str, environment: str) -> Any:
        """The deployer's own answer, for passing on: names and times, never values."""
        return (await _request(self._http, "deployer", "GET", _secrets(app_id, environment))).json()

    async def list_secret_events(
        self, app_id: str, environment: str, *, limit: int, cursor: str | None
    ) -> Any:
        """The deployer's own answer, for passing on: what was done to secrets, newest first."""
        path = f"{_secrets(app_id, environment)}/events"
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return (await _request(self._http, "deployer", "GET", path, params=query)).json()

    async def put_secret(
        self, app_id: str, environment: str, name: str, secret: SecretValue, by: Actor
    ) -> None:
        """Sets a secret from the next deployment on; raises what the deployer refuses, or Unavailable."""
        path = f"{_secrets(app_id, environment)}/{name}"
        body = secret.model_dump(mode="json")
        await _request(self._http, "deployer", "PUT", path, json=body, headers=_actor(by))

    async def copy_secrets(self, app_id: str, environment: str, request: CopySecrets, by: Actor) -> Any:
        """Copies secrets of another environment; raises what the deployer refuses, or Unavailable."""
        path = f"{_secrets(app_id, environment)}/copy"
        body = request.model_dump(mode="json", by_alias=True)
        answer = await _request(self._http, "deployer", "POST", path, json=body, headers=_actor(by))
        return answer.json()

    async def delete_secret(self, app_id: str, environment: str, name: str, by: Actor) -> None:
        """Removes a secret from the next deployment on; raises what the deployer refuses, or Unavailable."""
        path = f"{_secrets(app_id, environment)}/{name}"
        await _request(self._http, "deployer", "DELETE", path, headers=_actor(by))


def _secrets(app_id: str, environment: str) -> str:
    return f"/v1/apps/{app_id}/secrets/{environment}"


def _actor(by: Actor) -> dict[str, str]:
    return {TEAM_HEADER: by.team_id, KEY_HEADER: by.key_id}
