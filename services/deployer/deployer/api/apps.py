"""Taking a whole app off the air."""

from fastapi import APIRouter, Depends, Response
from pydantic import SecretStr

from common.auth import require_service_token
from deployer.api.dependencies import AppIdPath, PoolsDependency
from deployer.usecases.delete_app import delete_app


def router(token: SecretStr) -> APIRouter:
    routes = APIRouter(prefix="/v1/apps", tags=["apps"], dependencies=[Depends(require_service_token(token))])

    @routes.delete(
        "/{app_id}", status_code=204, responses={202: {"description": "Goes on in the background"}}
    )
    async def delete(pools: PoolsDependency, app_id: AppIdPath) -> Response:
        """Remove the app's Workers and secrets; harmless when there are none."""
        return Response(status_code=204 if await delete_app(pools, app_id) else 202)

    return routes
