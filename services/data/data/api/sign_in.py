"""Internal: how people sign in to an app's environment."""

from fastapi import APIRouter, Depends

from common.contracts import SignInChange, SignInSettings
from data.api.dependencies import AppIdPath, AppResources, EnvironmentPath, require_service
from data.usecases.sign_in_settings import change_settings, read_settings

router = APIRouter(
    prefix="/internal/realms/{app_id}/{environment}/auth",
    tags=["sign-in"],
    dependencies=[Depends(require_service)],
)


@router.get("")
async def get(resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath) -> SignInSettings:
    """The settings of sign-in; providers' secrets are never shown."""
    return await read_settings(resources, app_id, environment)


@router.patch("")
async def patch(
    resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath, body: SignInChange
) -> SignInSettings:
    """Change them; what is left out stays as it is."""
    return await change_settings(resources, app_id, environment, body)
