"""Forgetting a whole app."""

from fastapi import APIRouter, Response

from builder.api.dependencies import AppResources
from builder.usecases.delete_app import delete_app
from common.contracts import AppId

router = APIRouter(prefix="/v1/apps", tags=["apps"])


@router.delete(
    "/{app_id}", status_code=204, responses={202: {"description": "Not all is gone yet: ask again"}}
)
async def delete(resources: AppResources, app_id: AppId) -> Response:
    """End the app's builds and delete them with their logs; harmless when there are none."""
    return Response(status_code=204 if await delete_app(resources, app_id) else 202)
