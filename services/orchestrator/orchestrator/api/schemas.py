"""Request and response bodies of the public API."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from common.contracts import (
    PagesState,
    RunMode,
    RunState,
    SecretValue,
    TemplateRef,
)
from common.contracts.events import Question, TodoItem
from common.contracts.templates import Advisory, TemplateChannel, TemplateName
from orchestrator.db import models
from orchestrator.domain.attachments import MAX_ATTACHMENTS
from orchestrator.domain.naming import title_from
from orchestrator.domain.text import MAX_PROMPT_BYTES
from orchestrator.usecases.foundations import Foundation

# The pattern says to readers of the schema that something must be left without the spaces around.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f]*[^\x00-\x1f\s][^\x00-\x1f]*$",
    ),
]
# What `check_prompt` refuses, with codes of its own, as far as a schema can say it.
_PROMPT_PATTERN = r"^[^\x00]*[^\x00\s][^\x00]*$"
_PROMPT: dict[str, JsonValue] = {
    "minLength": 1,
    "maxLength": MAX_PROMPT_BYTES,
    "pattern": _PROMPT_PATTERN,
}


Attachments = Annotated[
    list[Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9_]+$")]],
    Field(
        max_length=MAX_ATTACHMENTS,
        description="Ids of uploads: pictures that belong to the words, 10 MB of them at most",
    ),
]

MOST = 2**53 - 1
"""What every reader of JSON can tell from its neighbours."""


class FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CreateApp(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"prompt": "A reading list with title, author, rating and a done flag"}]
        },
    )

    prompt: str = Field(
        description="What the app should be, in words; at most 100,000 bytes", json_schema_extra=_PROMPT
    )
    name: Name | None = None
    template: TemplateRef | TemplateName | TemplateChannel | None = Field(
        default=None,
        description="name, name@version or name@channel, such as name@next. Without it a model chooses, by "
        "the prompt and their descriptions, among all templates, and `plan.ready` tells which; where it does "
        "not, it is the server's default",
    )
    model: str | None = Field(default=None, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")
    mode: Literal[RunMode.BUILD, RunMode.PLAN] = Field(
        default=RunMode.BUILD, description="`plan`: no files yet, the first run ends with a plan to approve"
    )
    attachments: Attachments = []


class Limits(BaseModel):
    """What may be used in a calendar month (UTC); null: no limit but the operator's."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    microdollars: int | None = Field(
        default=None, strict=True, ge=0, le=MOST, description="Millionths of a US dollar"
    )
    tokens: int | None = Field(default=None, strict=True, ge=0, le=MOST, description="Of input and output")

    def changes(self) -> dict[str, int | None]:
        """Those that were sent."""
        return self.model_dump(exclude_unset=True)


class PatchApp(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"name": "My books"}, {"budget": {"microdollars": 5_000_000}}],
        },
    )

    name: Name | None = Field(default=None, description="Unchanged if not given")
    budget: Limits | None = Field(default=None, description="A limit that is not given is unchanged")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name or budget is needed")
        return self


class PatchMe(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"budget": {"microdollars": 50_000_000, "tokens": None}}]},
    )

    budget: Limits = Field(description="A limit that is not given is unchanged")


class SendMessage(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"content": "Rename the heading to My books"},
                {"content": "Show the books as a table", "start_over": True},
            ]
        },
    )

    content: str = Field(
        description="What to change, in words; at most 100,000 bytes", json_schema_extra=_PROMPT
    )
    start_over: bool = Field(
        default=False,
        strict=True,
        description="Start from the newest version, not from what a failed run before has written",
    )
    mode: RunMode = Field(
        default=RunMode.BUILD,
        description="`plan`: a plan to approve, `ask`: an answer; in both no file is written",
    )
    attachments: Attachments = []


class SendAnswers(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"answers": ["Blue", "Only me"]}]}
    )

    answers: list[Annotated[str, StringConstraints(max_length=2_000, pattern=_PROMPT_PATTERN)]] = Field(
        min_length=1, max_length=3, description="One to each question, in their order, of any words"
    )


class Live(BaseModel):
    """What is live in an environment."""

    url: str
    version: int
    deployment_id: str
    pages: PagesState | None = Field(description="What a browser found; null as long as none has looked")


class App(FromRow):
    id: str
    name: str
    template: TemplateRef = Field(
        description="The release of its template that the app is on; where the first run is to choose, the "
        "server's default until then"
    )
    template_latest: TemplateRef | None = Field(
        default=None, description="The newest release of it that is no pre-release; null as long as unknown"
    )
    advisories: tuple[Advisory, ...] = Field(
        default=(), description="The known holes of the release that the app is on: upgrade it"
    )
    model: str
    head: int | None = Field(description="Number of the newest version")
    budget: Limits = Field(description="What it may use in a month, as its team has set")
    created_at: datetime
    live: dict[str, Live] = Field(default_factory=dict, description="By environment")

    @classmethod
    def of(cls, row: models.App, live: dict[str, models.Deployment], foundation: Foundation) -> Self:
        app = cls.model_validate(row)
        app.template_latest, app.advisories = foundation.latest, foundation.advisories
        app.live = {
            name: Live(url=found.url or "", version=found.version, deployment_id=found.id, pages=found.pages)
            for name, found in live.items()
        }
        return app


class Picture(FromRow):
    id: str
    name: str = Field(description="What the chat and the model call it; unique within an app")
    media_type: str = Field(description="image/png, image/jpeg, image/webp or image/gif, told from its bytes")
    width: int = Field(description="In pixels")
    height: int
    size: int = Field(description="In bytes")


class Upload(Picture):
    created_at: datetime


class Message(FromRow):
    id: str
    run_id: str
    role: str
    type: str = Field(description="prompt, upgrade, reply, plan, question, error_recovery or failure")
    content: str
    attachments: list[Picture] = Field(description="`GET /v1/uploads/{id}` has each of these pictures")
    billing_ignore: bool = Field(description="True for what the platform causes: nobody pays for it")
    created_at: datetime


class RunUpgrade(BaseModel):
    """An upgrade of an app's foundation. `conflicts`: the files that the model has to look at."""

    model_config = ConfigDict(populate_by_name=True)

    base: TemplateRef = Field(alias="from")
    to: TemplateRef
    conflicts: list[str]


class Run(FromRow):
    id: str
    app_id: str
    mode: RunMode
    state: RunState
    base_version: int | None
    version: int | None = Field(description="The version the run has made")
    upgrade: RunUpgrade | None = Field(
        default=None, description="Which upgrade of the app's foundation it carries out, if one"
    )
    draft: bool = Field(
        default=False,
        description="It has failed, and the app's next message goes on from what it has written",
    )
    draft_run_id: str | None = Field(
        default=None, description="The failed run from whose files it went on, if from any"
    )
    model: str | None = Field(
        description="The model it has moved to, as the app's own was not available; null: it has not"
    )
    recoveries: int = Field(description="Failed builds given back to the model")
    prompt_version: str | None = Field(
        description="Which system prompt the model had; null before it was asked anything"
    )
    build_id: str | None
    deployment_id: str | None
    summary: str | None
    questions: list[Question] | None = Field(description="What the run has asked, when it is `waiting`")
    todo: list[TodoItem] = Field(description="The model's own list of steps; empty when it keeps none")
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class CreatedApp(BaseModel):
    app: App
    message: Message
    run: Run


class CreatedMessage(BaseModel):
    message: Message
    run: Run


class Version(FromRow):
    number: int
    run_id: str | None
    origin: str = Field(description="template, run, upload or restore")
    summary: str
    title: str = Field(description="What has changed, in a few words: Add due dates")
    template: TemplateRef | None = Field(
        description="The release of the template that its files are made for; null: the app's"
    )
    tree_digest: str
    created_at: datetime

    @field_validator("title", mode="before")
    @classmethod
    def _of_earlier_releases(cls, title: str | None, info: ValidationInfo) -> str:
        return title or title_from(str(info.data.get("summary", ""))) or f"Version {info.data.get('number')}"


class File(BaseModel):
    path: str
    size: int
    digest: str = Field(description="sha256 of the content, the ETag of the file")


class Files(BaseModel):
    version: int
    files: list[File]


class Diff(BaseModel):
    """What version `version` has that `base` has not, as paths."""

    base: int
    version: int
    added: list[str]
    changed: list[str]
    removed: list[str]


class Me(BaseModel):
    team_id: str
    team: str
    budget: Limits = Field(description="What its apps may use in a month, as it has set")

    @classmethod
    def of(cls, team: models.Team) -> Self:
        return cls(team_id=team.id, team=team.name, budget=Limits.model_validate(team.budget))


class CreateKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name


class Key(FromRow):
    id: str
    name: str
    hint: str = Field(description="How the key begins")
    created_at: datetime


class CreatedKey(Key):
    key: str = Field(description="The key itself: it is shown only now")


class PutSecret(SecretValue):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"value": "what nobody else knows"}, {"value": {"currency": "EUR"}, "public": True}]
        },
    )
