"""What the endpoints are given."""

from typing import Annotated

from fastapi import Depends, Request

from builder.usecases.pools import Pools


def pools_of(request: Request) -> Pools:
    pools: Pools = request.app.state.pools
    return pools


InPools = Annotated[Pools, Depends(pools_of)]
