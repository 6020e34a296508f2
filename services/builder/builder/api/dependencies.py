"""What the endpoints are given."""

from typing import Annotated

from fastapi import Depends, Request

from builder.usecases.resources import Resources


async def resources_of(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


AppResources = Annotated[Resources, Depends(resources_of)]
