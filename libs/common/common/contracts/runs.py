"""Runs (`work.run`, `events.orchestrator.run.*`) and live events (`live.app.<id>`, `logs.build.<id>`)."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from common.contracts.base import AppId, Contract, EntityId
from common.contracts.events import AppEvent


class RunState(StrEnum):
    """The states of a run; the last five are final."""

    QUEUED = "queued"
    PREPARING = "preparing"
    GENERATING = "generating"
    CHECKING = "checking"
    RECOVERING = "recovering"
    DEPLOYING = "deploying"
    VERIFYING = "verifying"
    SUCCEEDED = "succeeded"
    ANSWERED = "answered"
    WAITING = "waiting"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunMode(StrEnum):
    """What a message is to lead to: a changed app, a plan to approve, or an answer."""

    BUILD = "build"
    PLAN = "plan"
    ASK = "ask"


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
    state: Literal[
        RunState.SUCCEEDED, RunState.ANSWERED, RunState.WAITING, RunState.FAILED, RunState.CANCELLED
    ]
    version: int | None = None
    code: str | None = Field(default=None, description="Stable reason of a failure")


class BudgetAlerted(Contract):
    """So much of a budget is used up, by a run of the app; told once for each threshold, period and limit."""

    type: ClassVar[str] = "overskill.events.orchestrator.budget.alerted.v1"

    team_id: EntityId
    app_id: AppId
    run_id: EntityId
    scope: Literal["run", "app", "team"]
    unit: Literal["microdollars", "tokens"]
    threshold: int = Field(description="Percent of the limit: 80 or 100")
    limit: int
    used: int
    resets_at: datetime | None = Field(default=None, description="When it begins anew; null for a run's")


class LiveEvent(Contract):
    """An app's live event (text of the model, a line of a build's log): over core NATS, so it may be lost."""

    type: ClassVar[str] = "overskill.live.app.event.v2"

    app_id: AppId
    event: AppEvent
