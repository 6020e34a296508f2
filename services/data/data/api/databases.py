"""Internal: what developers see of their apps' databases."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from common.contracts import AppUser, ChangeAppUser, DatabaseView, RunSql, SqlResult, UserId
from common.pages import Limit, Page
from data.api.dependencies import AppIdPath, AppResources, EnvironmentPath, require_service
from data.usecases import databases

Offset = Annotated[str, Query(alias="cursor", pattern=r"^[0-9]{1,12}$")]
After = Annotated[str | None, Query(alias="cursor", pattern=r"^[0-9a-f]{32}$")]
Filters = Annotated[list[str], Query(alias="filter", max_length=20)]

router = APIRouter(
    prefix="/internal/realms/{app_id}/{environment}",
    tags=["databases"],
    dependencies=[Depends(require_service)],
)


@router.get("/database")
async def get(resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath) -> DatabaseView:
    """The environment's database as it is."""
    return await databases.overview(resources, app_id, environment)


@router.get("/tables/{table}/rows", response_model=Page[dict[str, Any]])
async def list_rows(
    resources: AppResources,
    app_id: AppIdPath,
    environment: EnvironmentPath,
    table: Annotated[str, Path(max_length=63)],
    limit: Limit = 50,
    offset: Offset = "0",
    filters: Filters = [],  # noqa: B006  # FastAPI copies it
    order: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """A page of a table's rows, as Postgres writes them."""
    page = await databases.read_rows(
        resources, app_id, environment, table, filters=filters, order=order, limit=limit, offset=int(offset)
    )
    return Response(page, media_type="application/json")


@router.post("/sql", response_model=SqlResult)
async def run_sql(
    resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath, body: RunSql
) -> Response:
    """Run one statement as the owner of the app's tables."""
    result = await databases.run_sql(resources, app_id, environment, body.sql, write=body.write)
    return Response(result, media_type="application/json")


@router.get("/users")
async def list_users(
    resources: AppResources,
    app_id: AppIdPath,
    environment: EnvironmentPath,
    search: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[AppUser]:
    """A page of the app's users, the newest first."""
    users = await databases.list_users(
        resources, app_id, environment, search=search, limit=limit + 1, after=after
    )
    return Page[AppUser].of(users, limit, lambda user: user.id.replace("-", ""))


@router.patch("/users/{user_id}")
async def change_user(
    resources: AppResources,
    app_id: AppIdPath,
    environment: EnvironmentPath,
    user_id: Annotated[UserId, Path()],
    body: ChangeAppUser,
) -> AppUser:
    """Ban a user or let them in again."""
    return await databases.change_user(resources, app_id, environment, user_id, body.banned_until)


@router.delete("/users/{user_id}", status_code=204, response_class=Response)
async def delete_user(
    resources: AppResources,
    app_id: AppIdPath,
    environment: EnvironmentPath,
    user_id: Annotated[UserId, Path()],
) -> None:
    """Remove a user and what goes with one."""
    await databases.delete_user(resources, app_id, environment, user_id)
