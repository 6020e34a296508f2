"""Deployments: `work.deploy` and `events.deployer.deployment.*`."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from common.contracts.base import AppId, Contract, Digest, EntityId
from common.contracts.builds import Diagnostic


class Environment(StrEnum):
    """Where a version of an app is live; each has a Worker, an address and secrets of its own."""

    PREVIEW = "preview"
    STAGING = "staging"
    PRODUCTION = "production"


class DeploymentState(StrEnum):
    """The states of a deployment; the last four are final.

    `deployed` was verified live, `rolled_back` was live until a rollback replaced it, `superseded` came when
    one that was requested later was live already, and changed nothing.
    """

    PENDING = "pending"
    BUILDING = "building"
    DEPLOYING = "deploying"
    DEPLOYED = "deployed"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    SUPERSEDED = "superseded"


UNFINISHED_DEPLOYMENT = frozenset(
    {DeploymentState.PENDING, DeploymentState.BUILDING, DeploymentState.DEPLOYING}
)
ONCE_LIVE = frozenset({DeploymentState.DEPLOYED, DeploymentState.ROLLED_BACK})


class DeployRequested(Contract):
    """Asks that one artifact be live in one environment.

    Sent without `artifact` while its build still runs, and again with it: a deployment only ever moves
    forward, whatever the order of arrival. With `rollback_of` an earlier deployment's artifact goes live
    again and nothing is built. The app's `migrations` are applied before anything goes live.
    """

    type: ClassVar[str] = "overskill.work.deploy.requested.v1"

    deployment_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    environment: Environment
    version: int = Field(ge=0, description="Number of the app's version")
    build_id: EntityId | None = None
    artifact: Digest | None = None
    rollback_of: EntityId | None = None
    migrations: Digest | None = Field(
        default=None, description="A tar under `migrations/<app_id>/`; none where the version has no tables"
    )
    approved: tuple[str, ...] = Field(
        default=(), description="Paths of migrations that may lose what is stored in production"
    )


class DeploymentWaiting(BaseModel):
    """What keeps a deployment from going on for a while; `code` is stable, `message` is for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    until: datetime = Field(description="When it is tried again")
    code: str
    message: str


class DeploymentProgressed(Contract):
    """A deployment has entered a phase; `verifying` (loading the live URL) ends `deploying`.

    A `waiting` one is tried again by itself, and enters its phases once more then.
    """

    type: ClassVar[str] = "overskill.events.deployer.deployment.progressed.v1"

    deployment_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    environment: Environment
    phase: Literal["building", "deploying", "verifying", "waiting"]
    waiting: DeploymentWaiting | None = Field(default=None, description="Set in the phase `waiting`")


class DeploymentProblem(BaseModel):
    """Why a deployment failed; `code` is stable, `message` is for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str
    message: str
    diagnostics: tuple[Diagnostic, ...] = Field(
        default=(), description="Where in the app's migrations, when it failed for them"
    )


class DeploymentFinished(Contract):
    """The deployment is live and verified, or it is not and what was live before still is or will be again.

    The problem's message says so when that is not certain yet.

    Of a superseded one, `url` is where the deployment that superseded it answers.
    """

    type: ClassVar[str] = "overskill.events.deployer.deployment.finished.v2"

    deployment_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    environment: Environment
    version: int
    state: Literal[DeploymentState.DEPLOYED, DeploymentState.FAILED, DeploymentState.SUPERSEDED]
    url: str | None = None
    script_bytes: int | None = Field(default=None, description="The uploaded Worker, all modules counted")
    embedded_files: int = 0
    stored_files: int = Field(default=0, description="Files served from R2")
    stored_bytes: int = 0
    replaced: EntityId | None = Field(default=None, description="The deployment that was live before")
    superseded_by: EntityId | None = Field(default=None, description="The later deployment that is live")
    problem: DeploymentProblem | None = None
    duration_ms: int = Field(ge=0)
