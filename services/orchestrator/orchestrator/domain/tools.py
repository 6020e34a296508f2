"""The tools offered to the model: their manual, their arguments, and what a call does to a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from orchestrator.domain.edits import LoggedEdit
from orchestrator.domain.tree import Tree

ToolName = Literal["create_file", "read_file", "line_replace", "rewrite_file", "delete_file", "finish"]

TOOL_SCHEMAS: list[dict[str, Any]] = []


class ToolRefused(Exception):
    """The model called no known tool, or one with wrong arguments; the message is the answer for the model."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call whose arguments are valid. `path` is the file it is about, None for `finish`."""

    name: ToolName
    args: BaseModel
    path: str | None


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What the model is told, and what becomes of the file.

    `content` is the file's new content, `deleted` says that it goes, `summary` is set by `finish`;
    `edit` is what a caller may keep to move later edits along.
    """

    text: str
    is_error: bool = False
    path: str | None = None
    content: bytes | None = None
    deleted: bool = False
    summary: str | None = None
    edit: LoggedEdit | None = None


def parse_call(name: str, input: Mapping[str, Any]) -> ToolCall:
    """The call with checked arguments, or ToolRefused."""
    raise NotImplementedError


def apply_call(
    call: ToolCall,
    *,
    current: bytes | None,
    tree: Tree,
    locked: tuple[str, ...],
    edit_log: Sequence[LoggedEdit] = (),
) -> ToolOutcome:
    """Do what the call says to `current`, the content of `call.path` (None: no such file).

    The model's mistakes come back as outcomes with `is_error`, never as exceptions.
    """
    raise NotImplementedError
