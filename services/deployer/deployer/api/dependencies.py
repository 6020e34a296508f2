"""What the routers share."""

from typing import Annotated

from fastapi import Depends, Path, Request

from deployer.usecases.resources import Resources


async def resources_of(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


AppResources = Annotated[Resources, Depends(resources_of)]
AppIdPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9]{11}$")]
