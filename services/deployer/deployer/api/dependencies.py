"""What the routers share."""

from typing import Annotated

from fastapi import Depends, Path, Request

from deployer.usecases.pools import Pools


def _pools(request: Request) -> Pools:
    pools: Pools = request.app.state.pools
    return pools


PoolsDependency = Annotated[Pools, Depends(_pools)]
AppIdPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9]{11}$")]
