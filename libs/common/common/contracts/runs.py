"""Runs: `work.run` and `events.orchestrator.run.*`."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from common.contracts.base import AppId, Contract, EntityId
from common.contracts.events import AppEvent


class RunState(StrEnum):
    """The states of a run; the last three are final."""

    QUEUED = "queued"
    PREPARING = "preparing"
    GENERATING = "generating"
    CHECKING = "checking"
    RECOVERING = "recovering"
    DEPLOYING = "deploying"
    VERIFYING = "verifying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunRequested(Contract):
    """Says that a run has something to do now; what, its row tells."""

    type: ClassVar[str] = "overskill.work.run.requested.v1"

    run_id: EntityId
    app_id: AppId


class RunFinished(Contract):
    """A run has ended. `version` is the version it made, if it made one."""

    type: ClassVar[str] = "overskill.events.orchestrator.run.finished.v2"

    run_id: EntityId
    app_id: AppId
    state: Literal[RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED]
    version: int | None = None
    code: str | None = Field(default=None, description="Stable reason of a failure")


class LiveEvent(Contract):
    """A live event of an app (text as the model writes it), sent over core NATS and never stored."""

    type: ClassVar[str] = "overskill.live.app.event.v2"

    app_id: AppId
    event: AppEvent
