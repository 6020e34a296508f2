"""Answers questions about deployments."""

from dataclasses import dataclass

from common.contracts import AppId, Environment
from deployer.db import deployments, environments
from deployer.db.models import Deployment
from deployer.errors import DeploymentNotFound
from deployer.usecases.resources import Resources


@dataclass(frozen=True)
class Seen:
    """A deployment and whether it is what its environment serves now."""

    row: Deployment
    live: bool


async def get_deployment(resources: Resources, deployment_id: str) -> Seen:
    """Raises DeploymentNotFound."""
    async with resources.db.begin() as session:
        row = await deployments.find(session, deployment_id)
        if row is None:
            raise DeploymentNotFound(f"There is no deployment {deployment_id}.", deployment_id=deployment_id)
        environment = await environments.find(session, row.app_id, row.environment)
    return Seen(row, environment is not None and environment.live == row.id)


async def list_deployments(
    resources: Resources, app_id: AppId, environment: Environment | None, *, limit: int, cursor: str | None
) -> list[Seen]:
    """Newest first."""
    async with resources.db.begin() as session:
        rows = await deployments.page(
            session,
            app_id=app_id,
            environment=environment.value if environment else None,
            limit=limit,
            cursor=cursor,
        )
        live = {item.live for item in await environments.of_app(session, app_id)}
    return [Seen(row, row.id in live) for row in rows]
