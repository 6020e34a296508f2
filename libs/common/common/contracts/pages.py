"""The browser check: `events.builder.pages.checked`."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from common.contracts.base import AppId, Contract, Digest, EntityId


class PagesState(StrEnum):
    """How a browser check ended. Of pages that are `unchecked` nothing is known, good or bad."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "unchecked"


class Severity(StrEnum):
    """An `error` is certain and fails the check; a `warning` is advice."""

    ERROR = "error"
    WARNING = "warning"


class PageFinding(BaseModel):
    """One thing that is amiss on an app's pages. Lines and columns count from 1, in the app's source."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = Field(description="Stable name of what is amiss, for programs")
    severity: Severity
    message: str
    route: str = Field(description="The first page it was seen on")
    widths: tuple[int, ...] = Field(description="CSS pixels of the windows it was seen in")
    count: int = Field(default=1, ge=1, description="How many pages it was seen on")
    file: str | None = None
    line: int | None = None
    column: int | None = None
    frame: str | None = Field(default=None, description="The line with its neighbours, numbered")
    rule: str | None = Field(default=None, description="Of accessibility: the rule's id at axe-core")


class Thumbnail(BaseModel):
    """A picture of one page, WebP, stored under the key of the artifact and `number`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int = Field(ge=0)
    route: str
    size: int = Field(ge=0, description="Bytes")


class PagesChecked(Contract):
    """What a browser saw of a green build's artifact. `message` says why when it was not checked."""

    type: ClassVar[str] = "overskill.events.builder.pages.checked.v1"

    build_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    artifact_digest: Digest
    state: PagesState
    message: str | None = Field(default=None, description="One sentence for people, when not passed")
    findings: tuple[PageFinding, ...] = Field(default=(), description="Errors first; at most 50")
    thumbnails: tuple[Thumbnail, ...] = ()
    routes: tuple[str, ...] = Field(default=(), description="The pages that were loaded")
    duration_ms: int = Field(ge=0)
