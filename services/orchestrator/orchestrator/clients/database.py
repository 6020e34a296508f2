"""The data service's internal API about apps' databases, for who asks with the platform's key."""

import hashlib
from typing import Any
from urllib.parse import quote

import httpx

from common.contracts import ChangeAppUser, Environment, RequestDump, RequestRestore, RunSql, SignInChange
from common.data import TOLD, DataUnavailable
from common.http import translated
from common.ids import derived_id
from orchestrator.errors import DatabaseNotFound


class DatabaseClient:
    """Answers are the data service's own, for passing on; what it refuses comes with its own code.

    Without an address there is no data service, and no app has a database. All raise Unavailable.
    """

    def __init__(self, http: httpx.AsyncClient | None) -> None:
        self._http = http

    async def overview(self, app_id: str, environment: Environment) -> Any:
        """Tables, sizes, policies, migrations and advisories."""
        return await self._ask("GET", f"{_realm(app_id, environment)}/database")

    async def rows(self, app_id: str, environment: Environment, table: str, query: dict[str, Any]) -> bytes:
        """A page of a table's rows as it came: numbers would lose digits if they were read."""
        path = f"{_realm(app_id, environment)}/tables/{quote(table, safe='')}/rows"
        return (await self._answer("GET", path, params=query)).content

    async def run(self, app_id: str, environment: Environment, request: RunSql) -> bytes:
        """What one statement answers or changes, as it came."""
        path = f"{_realm(app_id, environment)}/sql"
        return (await self._answer("POST", path, json=request.model_dump(mode="json"))).content

    async def users(self, app_id: str, environment: Environment, query: dict[str, Any]) -> Any:
        """A page of the app's users."""
        return await self._ask("GET", f"{_realm(app_id, environment)}/users", params=query)

    async def change_user(
        self, app_id: str, environment: Environment, user_id: str, change: ChangeAppUser
    ) -> Any:
        """Bans a user, or lets them in again."""
        path = f"{_realm(app_id, environment)}/users/{user_id}"
        return await self._ask("PATCH", path, json=change.model_dump(mode="json"))

    async def delete_user(self, app_id: str, environment: Environment, user_id: str) -> None:
        """Removes a user, and what the app's tables say goes with one."""
        await self._ask("DELETE", f"{_realm(app_id, environment)}/users/{user_id}")

    async def sign_in(self, app_id: str, environment: Environment) -> Any:
        """How people sign in to the app."""
        return await self._ask("GET", f"{_realm(app_id, environment)}/auth")

    async def change_sign_in(self, app_id: str, environment: Environment, change: SignInChange) -> Any:
        """The settings of sign-in after the change."""
        body = change.model_dump(mode="json", exclude_unset=True)
        return await self._ask("PATCH", f"{_realm(app_id, environment)}/auth", json=body)

    async def dumps(self, app_id: str, query: dict[str, Any]) -> Any:
        """A page of the app's dumps."""
        return await self._ask("GET", f"/internal/apps/{app_id}/dumps", params=query)

    async def request_dump(self, app_id: str, request: RequestDump, once: str | None) -> Any:
        """A new dump, the same one for the same `once`."""
        path = f"/internal/apps/{app_id}/dumps/{derived_id('dump', _seed(app_id, once))}"
        return await self._ask("PUT", path, json=request.model_dump(mode="json"))

    async def restores(self, app_id: str, query: dict[str, Any]) -> Any:
        """A page of the app's restores."""
        return await self._ask("GET", f"/internal/apps/{app_id}/restores", params=query)

    async def request_restore(self, app_id: str, request: RequestRestore, once: str | None) -> Any:
        """A new restore, the same one for the same `once`."""
        path = f"/internal/apps/{app_id}/restores/{derived_id('rst', _seed(app_id, once))}"
        return await self._ask("PUT", path, json=request.model_dump(mode="json"))

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        answer = await self._answer(method, path, **options)
        return answer.json() if answer.content else None

    async def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        if self._http is None:
            raise DatabaseNotFound("Apps have no databases here: the operator has not set up DATA_URL.")
        with translated("The data service", DataUnavailable, told=TOLD):
            return (await self._http.request(method, path, **options)).raise_for_status()


def _realm(app_id: str, environment: Environment) -> str:
    return f"/internal/realms/{app_id}/{environment}"


def _seed(app_id: str, once: str | None) -> bytes | None:
    return None if once is None else hashlib.sha256(f"{app_id} {once}".encode()).digest()
