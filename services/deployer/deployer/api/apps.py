"""Taking a whole app off the air."""

from fastapi import APIRouter, Response

from deployer.api.dependencies import AppIdPath, AppResources
from deployer.usecases.delete_app import delete_app

router = APIRouter(prefix="/v1/apps", tags=["apps"])


@router.delete("/{app_id}", status_code=204, responses={202: {"description": "Goes on in the background"}})
async def delete(resources: AppResources, app_id: AppIdPath) -> Response:
    """Remove the app's Workers and secrets; harmless when there are none."""
    return Response(status_code=204 if await delete_app(resources, app_id) else 202)
