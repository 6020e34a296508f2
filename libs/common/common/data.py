"""The client of the data service: an app's migrations checked and applied, its databases removed."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from common.contracts import (
    AppDatabase,
    AppId,
    AppliedMigrations,
    CheckedMigrations,
    Environment,
    MigrationFinding,
    first_error,
)
from common.errors import AppError, Unavailable
from common.http import Refused, http_client, translated
from common.settings import DataSettings

ANSWER_SECONDS = 120.0
"""Longer than the data service lets migrations take."""

TOLD = frozenset({"no_room", "shard_unavailable", "migration_busy"})
"""Codes of what an app waits for that its developer is told as they are."""

T = TypeVar("T", bound=BaseModel)


class DataUnavailable(Unavailable):
    """The data service, or the database of the app, is away or does not answer in time."""

    code: ClassVar[str] = "data_unavailable"


class DataInvalid(AppError):
    """The data service answers in another shape than it says."""

    code: ClassVar[str] = "data_invalid"


class MigrationsRefused(Refused):
    """Migrations that could not be applied; nothing of them is. `findings` say where."""

    def __init__(
        self, message: str, *, code: str, status: int, findings: Sequence[MigrationFinding] = ()
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.findings = tuple(findings)


class DataClient:
    """The data service's internal API. Migrations are texts by path, such as supabase/migrations/1_a.sql."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def locate(self, app_id: AppId, environment: Environment) -> AppDatabase:
        """Where the app's database is, made empty unless there is one; raises Refused or DataUnavailable."""
        with translated("The data service", DataUnavailable, told=TOLD):
            answer = await self._http.put(f"/internal/realms/{app_id}/{environment.value}")
            return _read(AppDatabase, answer.raise_for_status())

    async def check(
        self, app_id: AppId, environment: Environment, migrations: Mapping[str, str]
    ) -> CheckedMigrations:
        """Tries them on the app's own schema and keeps nothing; raises DataUnavailable."""
        answer = await self._post(app_id, environment, "check", _body(migrations))
        return _read(CheckedMigrations, answer)

    async def apply(
        self,
        app_id: AppId,
        environment: Environment,
        migrations: Mapping[str, str],
        *,
        deployment_id: str,
        approved: Sequence[str],
    ) -> AppliedMigrations:
        """Applies those that are not applied yet, all or none; again it changes nothing.

        Raises MigrationsRefused or DataUnavailable.
        """
        body = {**_body(migrations), "deployment_id": deployment_id, "approved": list(approved)}
        return _read(AppliedMigrations, await self._post(app_id, environment, "apply", body))

    async def delete_app(self, app_id: AppId) -> bool:
        """Whether nothing of it is left there."""
        with translated("The data service", DataUnavailable, told=TOLD):
            answer = (await self._http.delete(f"/internal/apps/{app_id}")).raise_for_status()
        return answer.status_code in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}

    async def _post(
        self, app_id: AppId, environment: Environment, what: str, body: dict[str, Any]
    ) -> httpx.Response:
        path = f"/internal/realms/{app_id}/{environment.value}/{what}"
        with translated("The data service", DataUnavailable, told=TOLD):
            answer = await self._http.post(path, json=body)
            if (refused := _refused(answer)) is not None:
                raise refused
            return answer.raise_for_status()


def data_client(settings: DataSettings) -> httpx.AsyncClient | None:
    """The connections to the data service, where there is one."""
    if settings.data_url is None:
        return None
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=3.0)
    return http_client(settings.data_url, token=settings.data_token, timeout=timeout)


def _body(migrations: Mapping[str, str]) -> dict[str, Any]:
    return {"migrations": [{"path": path, "sql": sql} for path, sql in sorted(migrations.items())]}


def _refused(answer: httpx.Response) -> MigrationsRefused | None:
    """What it says against the migrations; None when it says nothing about them."""
    if answer.status_code not in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return None
    try:
        problem = answer.json()
        findings = [MigrationFinding.model_validate(found) for found in problem.get("findings") or ()]
        first = first_error(findings)
        message = f"The app's migrations cannot be applied. {first}" if first else str(problem["detail"])
        code = str(problem["code"])
        return MigrationsRefused(message, code=code, status=answer.status_code, findings=findings)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(model: type[T], answer: httpx.Response) -> T:
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise DataInvalid(f"The data service's answer cannot be used: {error}.") from error
