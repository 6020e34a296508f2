"""Forgetting a whole app."""

from fastapi import APIRouter, Depends, Response
from pydantic import SecretStr

from builder.api.dependencies import InPools
from builder.usecases.delete_app import delete_app
from common.auth import require_service_token
from common.contracts import AppId


def router(token: SecretStr) -> APIRouter:
    routes = APIRouter(prefix="/v1/apps", tags=["apps"], dependencies=[Depends(require_service_token(token))])

    @routes.delete(
        "/{app_id}", status_code=204, responses={202: {"description": "Not all is gone yet: ask again"}}
    )
    async def delete(pools: InPools, app_id: AppId) -> Response:
        """End the app's builds and delete them with their logs; harmless when there are none."""
        return Response(status_code=204 if await delete_app(pools, app_id) else 202)

    return routes
