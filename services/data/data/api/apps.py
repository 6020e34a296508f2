"""Internal: an app's dumps and restores, and its end."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from common.contracts import DumpView, EntityId, Environment, RequestDump, RequestRestore, RestoreView
from common.pages import Limit, Page
from data.api.dependencies import AppIdPath, AppResources, require_service
from data.usecases import keeping
from data.usecases.delete_app import delete_app

Cursor = Annotated[EntityId | None, Query()]

router = APIRouter(prefix="/internal/apps/{app_id}", tags=["apps"], dependencies=[Depends(require_service)])


@router.delete("", responses={202: {"description": "Something is left, which is named"}})
async def delete(resources: AppResources, app_id: AppIdPath) -> JSONResponse:
    """Remove all databases of the app with their users and dumps; `left` is what was counted afterwards."""
    left = await delete_app(resources, app_id)
    return JSONResponse({"left": left}, status_code=202 if left else 200)


@router.get("/dumps")
async def list_dumps(
    resources: AppResources,
    app_id: AppIdPath,
    environment: Environment | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DumpView]:
    """A page of the app's dumps, the newest first."""
    found = await keeping.list_dumps(resources, app_id, environment, limit=limit + 1, cursor=cursor)
    return Page[DumpView].of(found, limit, lambda view: view.id)


@router.put("/dumps/{dump_id}", status_code=202)
async def request_dump(
    resources: AppResources, app_id: AppIdPath, dump_id: Annotated[EntityId, Path()], body: RequestDump
) -> DumpView:
    """Ask for a dump; again with the same id it is the same one."""
    return await keeping.request_dump(resources, app_id, body.environment, dump_id)


@router.get("/restores")
async def list_restores(
    resources: AppResources, app_id: AppIdPath, limit: Limit = 50, cursor: Cursor = None
) -> Page[RestoreView]:
    """A page of the app's restores, the newest first."""
    found = await keeping.list_restores(resources, app_id, limit=limit + 1, cursor=cursor)
    return Page[RestoreView].of(found, limit, lambda view: view.id)


@router.put("/restores/{restore_id}", status_code=202)
async def request_restore(
    resources: AppResources, app_id: AppIdPath, restore_id: Annotated[EntityId, Path()], body: RequestRestore
) -> RestoreView:
    """Ask for a restore; again with the same id it is the same one."""
    return await keeping.request_restore(resources, app_id, body.dump, body.environment, restore_id)
