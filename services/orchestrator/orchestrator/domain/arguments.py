"""The arguments of the model's tools, as pydantic models whose descriptions the model reads."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from orchestrator.domain.edits import LineEdit

FilePath = Annotated[
    str, Field(description="Path relative to the app's root, with forward slashes: src/pages/Home.tsx")
]
Rev = Annotated[
    str,
    BeforeValidator(lambda value: value.strip().removeprefix("rev:") if isinstance(value, str) else value),
    Field(description="The file's current revision: the 8 digits after `rev:` in the last result about it"),
]


def _unpacked(value: Any) -> Any:
    """Models now and then send a list as its JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CreateFile(Arguments):
    path: FilePath
    content: str = Field(description="The whole text of the new file")
    purpose: str = Field(default="", description="One short sentence: what the file is for")


class ReadFile(Arguments):
    path: FilePath
    start: int | None = Field(default=None, ge=1, description="First line to show, from 1. Default: 1")
    end: int | None = Field(default=None, ge=1, description="Last line to show, inclusive. Default: the last")


class Edit(Arguments):
    first_line: int = Field(description="First line of the span as you last saw it, from 1", ge=1)
    last_line: int = Field(
        description="Last line of the span, inclusive; first_line - 1 inserts before first_line", ge=0
    )
    expect_first: str = Field(
        description="The present text of line first_line, without its number. For an insertion: the line the "
        "new text goes before, or an empty string at the end of the file"
    )
    expect_last: str | None = Field(
        default=None,
        description="The present text of line last_line. Give it whenever the span has more than one line",
    )
    replace: str = Field(
        description="The full new text of the span, every line of it, indented as it shall stand in the "
        "file. An empty string deletes the span"
    )

    def as_edit(self) -> LineEdit:
        return LineEdit(**self.model_dump())


class LineReplace(Arguments):
    path: FilePath
    rev: Rev
    edits: Annotated[tuple[Edit, ...], BeforeValidator(_unpacked)] = Field(
        min_length=1, description="All numbers refer to the file before this call; spans must not overlap"
    )


class RewriteFile(Arguments):
    path: FilePath
    rev: Rev
    content: str = Field(description="The whole new text of the file; what is not in it is lost")


class DeleteFile(Arguments):
    path: FilePath


class Finish(Arguments):
    summary: str = Field(
        description="One to three sentences for the person who asked: what the app can do now. No file names"
    )
