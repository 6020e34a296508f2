"""Answers questions about deployments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from common.contracts import AppId, DeploymentState, Environment
from deployer.db import calls, deployments, environments
from deployer.db.models import Deployment
from deployer.db.models import Environment as EnvironmentRow
from deployer.errors import CloudflareThrottled, DeploymentNotFound
from deployer.usecases.resources import Resources

_BLOCKED = "Cloudflare has blocked the calls of this account for a while: there were too many."


@dataclass(frozen=True)
class Waiting:
    """Since when and until when a deployment waits, and what for."""

    since: datetime
    until: datetime
    code: str
    message: str

    @classmethod
    def of(cls, row: Deployment, blocked_until: datetime | None) -> Self | None:
        """None for what is under way or has ended, or waits for nothing but its turn."""
        if row.state == DeploymentState.PENDING and blocked_until is not None:
            since = row.pending_at or row.created_at
            return cls(since, blocked_until, CloudflareThrottled.code, _BLOCKED)
        if row.finished_at is not None or row.retry_at is None or row.problem_code is None:
            return None
        since = row.waiting_since or row.updated_at
        return cls(since, row.retry_at, row.problem_code, row.problem_message or "")


@dataclass(frozen=True)
class Unsettled:
    """Since when it is not certain what an environment serves, and why."""

    since: datetime
    reason: str


@dataclass(frozen=True)
class Seen:
    """A deployment, whether it is live in its environment and whether that is certain, what it waits for."""

    row: Deployment
    live: bool
    unsettled: Unsettled | None
    waiting: Waiting | None


async def get_deployment(resources: Resources, deployment_id: str) -> Seen:
    """Raises DeploymentNotFound."""
    async with resources.db.begin() as session:
        row = await deployments.find(session, deployment_id)
        if row is None:
            raise DeploymentNotFound(f"There is no deployment {deployment_id}.", deployment_id=deployment_id)
        environment = await environments.find(session, row.app_id, row.environment)
        blocked = await calls.blocked_until(session, resources.settings.cloudflare_account_id)
    return _seen(row, environment, blocked)


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
        found = {item.environment: item for item in await environments.of_app(session, app_id)}
        blocked = await calls.blocked_until(session, resources.settings.cloudflare_account_id)
    return [_seen(row, found.get(row.environment), blocked) for row in rows]


def _seen(row: Deployment, environment: EnvironmentRow | None, blocked_until: datetime | None) -> Seen:
    waiting = Waiting.of(row, blocked_until)
    if environment is None:
        return Seen(row, live=False, unsettled=None, waiting=waiting)
    unsettled = None
    if environment.unsettled_since is not None:
        unsettled = Unsettled(environment.unsettled_since, environment.unsettled_reason or "")
    return Seen(row, environment.live == row.id, unsettled, waiting)
