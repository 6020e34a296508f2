"""Deployments: what was asked for, how it went, what is live."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from common.contracts import AppId, DeploymentProblem, DeploymentState, EntityId, Environment
from common.pages import Limit, Page
from deployer.api.dependencies import AppResources
from deployer.usecases.read import Seen, get_deployment, list_deployments


class WaitingView(BaseModel):
    """Since when and until when a deployment waits, and what for; `code` is one of a problem's."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime
    until: datetime
    code: str
    message: str


class UnsettledView(BaseModel):
    """Since when it is not certain what the environment serves, and why."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime
    reason: str


class DeploymentView(BaseModel):
    """`live` says that the environment is to serve it now, and does unless it is `unsettled`.

    `waiting` is set while another attempt is to follow one that could not come to its end, and before the
    first one while Cloudflare has blocked the account. Sizes in bytes, durations in milliseconds.
    """

    id: str
    app_id: str
    environment: Environment
    version: int
    state: DeploymentState
    live: bool
    unsettled: UnsettledView | None
    run_id: str | None
    build_id: str | None
    artifact: str | None
    rollback_of: str | None
    replaced: str | None
    superseded_by: str | None
    url: str | None
    script_bytes: int | None
    embedded_files: int
    stored_files: int
    stored_bytes: int
    created_at: datetime
    building_at: datetime | None
    pending_at: datetime | None
    deploying_at: datetime | None
    finished_at: datetime | None
    rolled_back_at: datetime | None
    duration_ms: int | None
    steps_ms: dict[str, float]
    attempts: int
    problem: DeploymentProblem | None
    waiting: WaitingView | None

    @classmethod
    def of(cls, seen: Seen) -> Self:
        row = seen.row
        problem = None
        if row.problem_code is not None and row.finished_at is not None:
            told = {"message": row.problem_message or "", "diagnostics": row.diagnostics}
            problem = DeploymentProblem.model_validate({"code": row.problem_code, **told})
        unsettled = UnsettledView.model_validate(seen.unsettled) if seen.unsettled else None
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        waiting = WaitingView.model_validate(seen.waiting) if seen.waiting else None
        return cls(**own, live=seen.live, unsettled=unsettled, problem=problem, waiting=waiting)


router = APIRouter(prefix="/v1/deployments", tags=["deployments"])


@router.get("")
async def list_all(
    resources: AppResources,
    app_id: AppId,
    environment: Environment | None = None,
    limit: Limit = 20,
    cursor: EntityId | None = None,
) -> Page[DeploymentView]:
    """Newest first."""
    found = await list_deployments(resources, app_id, environment, limit=limit + 1, cursor=cursor)
    views = [DeploymentView.of(seen) for seen in found]
    return Page[DeploymentView].of(views, limit, lambda item: item.id)


@router.get("/{deployment_id}")
async def get(resources: AppResources, deployment_id: Annotated[str, Path(max_length=40)]) -> DeploymentView:
    return DeploymentView.of(await get_deployment(resources, deployment_id))
