"""Request and response bodies about upgrades of an app's foundation."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from common.contracts import TemplateRef
from common.contracts.templates import Changes
from orchestrator.api import schemas
from orchestrator.usecases.runs.upgrades import Merged


class RequestUpgrade(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"to": "stable"}]},
    )

    to: str = Field(
        default="stable",
        max_length=36,
        pattern=r"^(stable|next|[0-9]{1,9}(\.[0-9]{1,9}){0,2}(-[0-9A-Za-z.-]{1,20})?)$",
        description="A version, or a channel: `stable`, `next`, or the line of a number such as `1` or `1.3`",
    )
    dry_run: bool = Field(default=False, strict=True, description="Only tells what would change")


class UpgradePlan(BaseModel):
    """What an upgrade makes of the files of the app's version `version`, as paths."""

    model_config = ConfigDict(populate_by_name=True)

    base: TemplateRef = Field(alias="from", description="The release that the app is on")
    to: TemplateRef
    version: int
    added: list[str]
    changed: list[str]
    removed: list[str]
    merged: list[str] = Field(description="Of the changed ones, those that have the changes of both sides")
    conflicts: list[str] = Field(
        description="Those where both have changed the same lines: the app's, for the model to look at"
    )
    moved: dict[str, str] = Field(
        description="The app's own files whose place the new release keeps for itself, and where they are now"
    )

    changes: Changes = Field(description="What the releases in between say of themselves, oldest first")

    @classmethod
    def of(cls, merged: Merged) -> Self:
        diff, result = merged.tree.diff(merged.base), merged.result
        return cls(
            base=merged.upgrade.base, to=merged.upgrade.target, version=merged.version,
            added=list(diff.added), changed=list(diff.changed), removed=list(diff.removed),
            merged=sorted(result.merged), conflicts=sorted(result.conflicts), moved=dict(result.moved),
            changes=result.changes,
        )  # fmt: skip


class RequestedUpgrade(BaseModel):
    """`message` and `run` are null for a dry run."""

    plan: UpgradePlan
    message: schemas.Message | None
    run: schemas.Run | None
