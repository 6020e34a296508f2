"""What the routers share."""

from typing import Annotated

from fastapi import Depends, Path, Request

from common.auth import require_service_token
from common.contracts.deployments import Environment
from data.usecases.resources import Resources


async def resources_of(request: Request) -> Resources:  # else it would run in a thread
    resources: Resources = request.app.state.resources
    return resources


async def require_service(request: Request) -> None:
    """Lets only other services pass: what lies under `/internal` is not for apps."""
    await require_service_token(request.app.state.settings.service_token)(request)


AppResources = Annotated[Resources, Depends(resources_of)]
AppIdPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9]{11}$")]
EnvironmentPath = Annotated[Environment, Path()]
