"""Deployments: `work.deploy` and `events.deployer.deployment.*`; and what an app's secret is set to."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

from common.contracts.base import AppId, Contract, Digest, EntityId


class Environment(StrEnum):
    """Where a version of an app is live; each has a Worker, an address and secrets of its own."""

    PREVIEW = "preview"
    STAGING = "staging"
    PRODUCTION = "production"


class SecretValue(BaseModel):
    """What a secret of an environment is set to. It shows in its JSON only, never in logs and errors."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    value: SecretStr = Field(description="At most 5 KiB; never readable again")

    @field_serializer("value", when_used="json")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


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
    again and nothing is built.
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


class DeploymentProgressed(Contract):
    """A deployment has entered a phase; `verifying` (loading the live URL) ends `deploying`."""

    type: ClassVar[str] = "overskill.events.deployer.deployment.progressed.v1"

    deployment_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    environment: Environment
    phase: Literal["building", "deploying", "verifying"]


class DeploymentProblem(BaseModel):
    """Why a deployment failed; `code` is stable, `message` is for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str
    message: str


class DeploymentFinished(Contract):
    """The deployment is live and verified, or it is not and what was live before still is.

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
