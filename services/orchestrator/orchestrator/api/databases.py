"""Apps' databases, seen with the platform's key: the data service keeps them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from common.contracts import (
    AppUser,
    ChangeAppUser,
    DatabaseView,
    DumpView,
    Environment,
    RequestDump,
    RequestRestore,
    RestoreView,
    RunSql,
    SqlResult,
    UserId,
)
from common.pages import Limit, Page
from orchestrator.api.context import TAKES_TURNS, Caller, Cursor, IdempotencyKey, OwnedApp
from orchestrator.usecases.databases import request_once
from orchestrator.usecases.idempotency import Idempotency, fingerprint

Of = Annotated[Environment, Query(description="Whose database: each environment has its own")]
# Whatever Postgres takes as a name; the data service looks it up.
TablePath = Annotated[str, Path(min_length=1, max_length=63, pattern=r"^[^/]+$")]
UserPath = Annotated[UserId, Path()]
Filters = Annotated[
    list[str] | None,
    Query(
        alias="filter",
        max_length=20,
        description="`column.operator.value`, all of which must hold: eq, neq, gt, gte, lt, lte, like, "
        "ilike, in with `(a,b)`, or is with null, true or false",
        examples=[["done.eq.false"]],
    ),
]
Order = Annotated[
    str | None, Query(max_length=500, description="Columns, comma between, each with .asc or .desc")
]
Search = Annotated[str | None, Query(max_length=200, description="A part of the address, or a whole id")]

router = APIRouter(prefix="/v1/apps/{app_id}/database", tags=["databases"], dependencies=[TAKES_TURNS])


def _present(made: dict[str, Any]) -> dict[str, Any]:
    return made


@router.get("", response_model=DatabaseView)
async def get_database(app: OwnedApp, context: Caller, environment: Of = Environment.PREVIEW) -> Any:
    """The environment's database: address, tables with their policies, sizes, migrations, advisories."""
    return await context.resources.database.overview(app.id, environment)


@router.get("/tables/{table}/rows", response_model=Page[dict[str, Any]])
async def list_rows(
    table: TablePath,
    app: OwnedApp,
    context: Caller,
    environment: Of = Environment.PREVIEW,
    limit: Limit = 50,
    cursor: Cursor = None,
    filters: Filters = None,
    order: Order = None,
) -> Any:
    """Rows of a table, whoever they belong to: policies are for the app's users."""
    query = _query(limit=limit, cursor=cursor, order=order, filter=filters)
    page = await context.resources.database.rows(app.id, environment, table, query)
    return Response(page, media_type="application/json")


@router.post("/sql", response_model=SqlResult)
async def run_sql(body: RunSql, app: OwnedApp, context: Caller, environment: Of = Environment.PREVIEW) -> Any:
    """Runs one statement over the app's tables, in a read-only transaction unless `write` is set.

    Tables and policies are changed by the app's migrations, never here.
    """
    result = await context.resources.database.run(app.id, environment, body)
    return Response(result, media_type="application/json")


@router.get("/users", response_model=Page[AppUser])
async def list_users(
    app: OwnedApp,
    context: Caller,
    environment: Of = Environment.PREVIEW,
    search: Search = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """The users that have signed up with the app, the newest first."""
    query = _query(limit=limit, cursor=cursor, search=search)
    return await context.resources.database.users(app.id, environment, query)


@router.patch("/users/{user_id}", response_model=AppUser)
async def change_user(
    user_id: UserPath,
    body: ChangeAppUser,
    app: OwnedApp,
    context: Caller,
    environment: Of = Environment.PREVIEW,
) -> Any:
    """Bans a user for a time, which ends their sessions, or lets them in again."""
    return await context.resources.database.change_user(app.id, environment, user_id, body)


@router.delete("/users/{user_id}", status_code=204, response_class=Response)
async def delete_user(
    user_id: UserPath, app: OwnedApp, context: Caller, environment: Of = Environment.PREVIEW
) -> None:
    """Removes a user with their sessions, and the rows that the app's tables say go with a user."""
    await context.resources.database.delete_user(app.id, environment, user_id)


@router.get("/dumps", response_model=Page[DumpView])
async def list_dumps(
    app: OwnedApp,
    context: Caller,
    environment: Annotated[Environment | None, Query(description="Of all, if not given")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """The dumps of the app's databases, the newest first."""
    query = _query(limit=limit, cursor=cursor, environment=environment)
    return await context.resources.database.dumps(app.id, query)


@router.post("/dumps", status_code=202, response_model=DumpView)
async def request_dump(
    body: RequestDump, app: OwnedApp, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Takes a dump of an environment's database, kept for 30 days; the list tells when it is done."""
    asked = fingerprint(f"dump {app.id}", body.model_dump(mode="json"))
    database = context.resources.database
    return await request_once(
        context.resources,
        Idempotency(context.team_id, idempotency_key, asked, _present),
        lambda once: database.request_dump(app.id, body, once),
    )


@router.get("/restores", response_model=Page[RestoreView])
async def list_restores(app: OwnedApp, context: Caller, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """The restores of the app's databases, the newest first."""
    return await context.resources.database.restores(app.id, _query(limit=limit, cursor=cursor))


@router.post("/restores", status_code=202, response_model=RestoreView)
async def request_restore(
    body: RequestRestore, app: OwnedApp, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Puts an environment's database back to what a dump holds, users and their ids included.

    What is there is dumped first and then replaced in one transaction. The dump may be of another
    environment: so production's data comes to the preview.
    """
    asked = fingerprint(f"restore {app.id}", body.model_dump(mode="json"))
    database = context.resources.database
    return await request_once(
        context.resources,
        Idempotency(context.team_id, idempotency_key, asked, _present),
        lambda once: database.request_restore(app.id, body, once),
    )


def _query(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
