"""The public events of an app: what its stream, `GET /v1/apps/{app_id}/events`, tells clients.

Stored ones are numbered and replayed. `message.delta` and `build.log` with `final: false` are live only;
what they told comes again, as a whole and stored, with `final: true`. `tool.started` and `file.progress` are
live only too; `tool.called` and `file.written` follow them.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypeAliasType

from common.clock import utcnow
from common.contracts.base import EntityId
from common.contracts.builds import Artifact, BuildMode, BuildState, Diagnostic, ErrorCategory
from common.contracts.deployments import DeploymentProblem, DeploymentState, Environment
from common.contracts.pages import PageFinding, PagesState, Thumbnail

Milliseconds = Annotated[int, Field(ge=0)]


class _PublicEvent(BaseModel):
    """What every event has. Fields are only ever added, with a default: stored ones lack what came later."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_serialization_defaults_required=True)

    run_id: EntityId | None = Field(default=None, description="The run that caused it, if one did")
    at: datetime = Field(default_factory=utcnow, description="When it happened")


class RunQueuedEvent(_PublicEvent):
    """A message waits for its run; runs of an app go one after the other."""

    type: Literal["run.queued"] = "run.queued"
    message_id: EntityId


class RunStartedEvent(_PublicEvent):
    """A worker has taken the run up."""

    type: Literal["run.started"] = "run.started"


class PlanReadyEvent(_PublicEvent):
    """The run's working copy is laid out; the model begins."""

    type: Literal["plan.ready"] = "plan.ready"
    template: str = Field(description="name@version")
    base_version: int = Field(description="The version the run starts from; 0 is the bare template")
    files: int = Field(description="How many files that version has")


class ModelChangedEvent(_PublicEvent):
    """The run goes on with another model, as the vendor of the one before is not available."""

    type: Literal["model.changed"] = "model.changed"
    model: str
    former: str


class MessageDeltaEvent(_PublicEvent):
    """What the model writes: pieces as they come, then the whole block stored."""

    type: Literal["message.delta"] = "message.delta"
    text: str
    kind: Literal["text", "thinking"] = Field(default="text", description="Thinking is live only")
    final: bool = Field(default=False, description="Whether `text` is the whole block")


class ToolStartedEvent(_PublicEvent):
    """The model has begun to write a call of a tool. Live only; `tool.called` comes when it is done."""

    type: Literal["tool.started"] = "tool.started"
    tool: str
    path: str | None = Field(default=None, description="The file concerned, if one is known so far")


class FileProgressEvent(_PublicEvent):
    """The model is writing text for a file. Live only, at most four times a second; each call counts anew."""

    type: Literal["file.progress"] = "file.progress"
    path: str
    tool: str
    lines: int = Field(ge=0, description="Of the call's text so far")
    characters: int = Field(ge=0, description="Of the call's text so far")


class ToolCalledEvent(_PublicEvent):
    """The model has called a tool on the run's working copy."""

    type: Literal["tool.called"] = "tool.called"
    tool: str
    path: str | None = Field(
        default=None, description="The file concerned, if one is; for `rename_file` its old path"
    )
    ok: bool
    message: str | None = Field(default=None, description="Why the call was refused, as the model was told")


class FileWrittenEvent(_PublicEvent):
    """A file of the run's working copy has changed; it becomes visible with the run's version."""

    type: Literal["file.written"] = "file.written"
    path: str
    tool: str = Field(
        description="What the model called; or what the platform did: `fixer`, a repair, `logo`, the icon"
    )
    deleted: bool = False
    size: int | None = Field(default=None, description="Bytes; null when deleted")
    reasons: tuple[str, ...] = Field(default=(), description="What the fixer did")


class TodoItem(BaseModel):
    """A step of the model's own list."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_serialization_defaults_required=True)

    text: str
    done: bool = False


class TodoUpdatedEvent(_PublicEvent):
    """The model has written its list of steps, or changed it, as it does for long work."""

    type: Literal["todo.updated"] = "todo.updated"
    items: tuple[TodoItem, ...] = Field(description="The whole list as it is now, in order; 20 at most")


class BuildStartedEvent(_PublicEvent):
    """A builder has begun to work on the build."""

    type: Literal["build.started"] = "build.started"
    build_id: EntityId
    mode: BuildMode


class BuildLogEvent(_PublicEvent):
    """The build's log: line by line while it runs, then its end stored."""

    type: Literal["build.log"] = "build.log"
    build_id: EntityId
    text: str = Field(description="A line, or the end of the log, 32 KiB at most")
    final: bool = Field(default=False, description="Whether `text` is the end of the finished log")
    number: int | None = Field(default=None, ge=1, description="The line's number; null when final")
    stream: Literal["check", "bundle", "builder"] | None = Field(
        default=None, description="Who wrote the line; null when final"
    )


class BuildFinishedEvent(_PublicEvent):
    """The build is final."""

    type: Literal["build.finished"] = "build.finished"
    build_id: EntityId
    state: Literal[BuildState.SUCCEEDED, BuildState.FAILED, BuildState.CANCELLED]
    category: ErrorCategory | None = Field(default=None, description="Set when it failed")
    message: str | None = Field(default=None, description="One sentence for people, when not succeeded")
    diagnostics: tuple[Diagnostic, ...] = Field(
        default=(), description="The first 20; when it succeeded, what could be better about what was built"
    )
    problems: int = Field(default=0, description="How many problems there are in all")
    problem_files: int = Field(default=0, description="How many files have any")
    artifact: Artifact | None = Field(default=None, description="Set when it succeeded")
    duration_ms: Milliseconds


class PagesCheckedEvent(_PublicEvent):
    """A browser has looked at what a build made, beside its deployment.

    Pages that `failed` go back to the model: `recovery.started` of category `runtime` comes next, unless the
    model is still at work and has had its files checked itself.
    """

    type: Literal["pages.checked"] = "pages.checked"
    build_id: EntityId
    state: PagesState
    message: str | None = Field(default=None, description="One sentence for people, when not passed")
    findings: tuple[PageFinding, ...] = Field(default=(), description="The first 20, errors first")
    thumbnails: tuple[Thumbnail, ...] = Field(default=(), description="Pictures of the pages, by number")
    duration_ms: Milliseconds


class RecoveryStartedEvent(_PublicEvent):
    """A failed build or browser check goes back to the model, at the platform's cost."""

    type: Literal["recovery.started"] = "recovery.started"
    category: ErrorCategory
    attempt: int = Field(description="From 1")
    max_attempts: int
    build_id: EntityId = Field(description="The build that failed, or whose pages did")


class VersionCreatedEvent(_PublicEvent):
    """The app has a new version of its files."""

    type: Literal["version.created"] = "version.created"
    version: int
    origin: Literal["template", "run", "upload", "restore"]
    files: int = Field(description="How many files it has")
    title: str | None = Field(default=None, description="What has changed, in a few words")
    summary: str | None = Field(default=None, description="Of runs and restores")
    path: str | None = Field(default=None, description="The file written or deleted by an upload")


class AppUpdatedEvent(_PublicEvent):
    """The app has another name or logo. With a run: a model has given it, beside the run's work."""

    type: Literal["app.updated"] = "app.updated"
    name: str
    named_by: Literal["person", "prompt", "model"] = Field(
        description="`prompt`: by the first prompt's words"
    )
    logo: str = Field(description="sha256 of what `GET /v1/apps/{app_id}/logo` answers, its ETag")


class DeployStartedEvent(_PublicEvent):
    """A version is on its way to an environment."""

    type: Literal["deploy.started"] = "deploy.started"
    deployment_id: EntityId
    environment: Environment
    version: int
    rollback_of: EntityId | None = Field(
        default=None, description="The earlier deployment that goes live again, when it is a rollback"
    )


class DeployWaitingEvent(_PublicEvent):
    """The deployment has to wait, as when Cloudflare throttles calls; it goes on by itself."""

    type: Literal["deploy.waiting"] = "deploy.waiting"
    deployment_id: EntityId
    environment: Environment
    until: datetime = Field(description="When it is tried again, for the first time")
    code: str
    message: str


class DeployFinishedEvent(_PublicEvent):
    """The version is live and verified, or what was live before still is.

    It may be live before a browser has seen it: `pages.checked` tells. From `url` on, fields are set only
    when the deployer has worked on it.
    """

    type: Literal["deploy.finished"] = "deploy.finished"
    deployment_id: EntityId
    environment: Environment
    version: int
    rollback_of: EntityId | None = None
    state: Literal[DeploymentState.DEPLOYED, DeploymentState.FAILED, DeploymentState.SUPERSEDED]
    pages: PagesState | None = Field(
        default=None, description="What a browser has found so far of what is live; null when none has looked"
    )
    problem: DeploymentProblem | None = Field(default=None, description="Set when it failed")
    superseded_by: EntityId | None = Field(
        default=None, description="The later deployment that is live, when it came too late"
    )
    url: str | None = None
    script_bytes: int | None = Field(default=None, description="The uploaded Worker, all modules counted")
    embedded_files: int | None = Field(default=None, description="Files inside the Worker's script")
    stored_files: int | None = Field(default=None, description="Files served from R2")
    stored_bytes: int | None = None
    duration_ms: Milliseconds | None = None


class RunSucceededEvent(_PublicEvent):
    """What was asked for is live, and no browser has found that it does not run."""

    type: Literal["run.succeeded"] = "run.succeeded"
    version: int | None = Field(description="The version the run made")
    summary: str | None = Field(default=None, description="What the model says it did")
    url: str | None = Field(description="Where the app answers")
    deployment_id: EntityId
    pages: PagesState | None = Field(default=None, description="`unchecked` when no browser could look at it")
    duration_ms: Milliseconds = Field(default=0, description="Since the message was sent")


class RunAnsweredEvent(_PublicEvent):
    """The run has ended with words: what a question got, or a plan. No file has changed."""

    type: Literal["run.answered"] = "run.answered"
    message_id: EntityId = Field(description="The chat message that has the text")
    message_type: Literal["reply", "plan"]
    text: str
    duration_ms: Milliseconds = Field(default=0, description="Since the message was sent")


class Question(BaseModel):
    """What the model has to know before it begins. Answers need not be among the `choices`."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_serialization_defaults_required=True)

    text: str
    choices: tuple[str, ...] = ()


class RunWaitingEvent(_PublicEvent):
    """The run has ended with questions: the app's next message, or answers to the run, go on from there."""

    type: Literal["run.waiting"] = "run.waiting"
    message_id: EntityId = Field(description="The chat message that has the questions")
    questions: tuple[Question, ...] = Field(description="One to three")
    duration_ms: Milliseconds = Field(default=0, description="Since the message was sent")


class RunFailedEvent(_PublicEvent):
    """The app stays as it was, or is put back to that; its first version stays when there is nothing else."""

    type: Literal["run.failed"] = "run.failed"
    code: str = Field(description="Stable reason, for programs")
    message: str = Field(description="The reason, for people")
    draft: bool = Field(
        default=False, description="What it has written is kept: the app's next message goes on from it"
    )
    duration_ms: Milliseconds = Field(default=0, description="Since the message was sent")


class RunCancelledEvent(_PublicEvent):
    """Somebody has cancelled the run; the app stays as it was."""

    type: Literal["run.cancelled"] = "run.cancelled"
    duration_ms: Milliseconds = Field(default=0, description="Since the message was sent")


class BudgetAlertEvent(_PublicEvent):
    """So much of a budget is used up; told once for each threshold, period and limit.

    That of the team stands in the stream of the app whose run has come to it.
    """

    type: Literal["budget.alert"] = "budget.alert"
    scope: Literal["run", "app", "team"] = Field(description="Whose budget it is")
    unit: Literal["microdollars", "tokens"]
    threshold: int = Field(description="Percent of the limit: 80 or 100")
    limit: int
    used: int
    resets_at: datetime | None = Field(default=None, description="When it begins anew; null for a run's")


AppEvent = TypeAliasType(
    "AppEvent",
    Annotated[
        RunQueuedEvent
        | RunStartedEvent
        | PlanReadyEvent
        | ModelChangedEvent
        | MessageDeltaEvent
        | ToolStartedEvent
        | FileProgressEvent
        | ToolCalledEvent
        | FileWrittenEvent
        | TodoUpdatedEvent
        | BuildStartedEvent
        | BuildLogEvent
        | BuildFinishedEvent
        | PagesCheckedEvent
        | RecoveryStartedEvent
        | VersionCreatedEvent
        | AppUpdatedEvent
        | DeployStartedEvent
        | DeployWaitingEvent
        | DeployFinishedEvent
        | RunSucceededEvent
        | RunAnsweredEvent
        | RunWaitingEvent
        | RunFailedEvent
        | RunCancelledEvent
        | BudgetAlertEvent,
        Field(discriminator="type"),
    ],
)
"""Any event of an app; `type` tells which."""

APP_EVENT: TypeAdapter[AppEvent] = TypeAdapter(AppEvent)
