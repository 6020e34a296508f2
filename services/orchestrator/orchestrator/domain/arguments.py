"""The arguments of the model's tools, as pydantic models whose descriptions the model reads."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from common.contracts import PACKAGE_FILES
from common.contracts.source import MAX_FILE_BYTES
from orchestrator.domain.line_edit import LineEdit
from orchestrator.domain.theme.colour import normal_hex
from orchestrator.domain.theme.names import Appearance, Density, Fonts, Mood, Neutral, PresetName, Radius
from orchestrator.domain.theme.presets import PRESETS
from orchestrator.domain.theme.sheet import THEME_FILE

FilePath = Annotated[
    str, Field(description="Path relative to the app's root, with forward slashes: src/pages/Home.tsx")
]
Rev = Annotated[
    str,
    BeforeValidator(lambda value: value.strip().removeprefix("rev:") if isinstance(value, str) else value),
    Field(description="The file's current revision: the 8 digits after `rev:` in the last result about it"),
]


PictureSize = Literal["1024x1024", "1536x1024", "1024x1536"]

MAX_CHARACTERS = MAX_FILE_BYTES
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def unusable(arguments: Mapping[str, Any]) -> str | None:
    """What is wrong with a text somewhere in the arguments, and with which; None if all can be used."""
    waiting: list[tuple[str, Any]] = [("", arguments)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str) and (problem := _unusable_text(value)):
            return f"- {where}: {problem}"
        if isinstance(value, Mapping):
            if any(_NO_TEXT.search(str(key)) for key in value):
                return f"- {where or 'arguments'}: the name of an argument is no text"
            waiting += [(f"{where}.{key}" if where else str(key), child) for key, child in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{where}.{index}", child) for index, child in enumerate(value)]
    return None


def _unusable_text(text: str) -> str | None:
    if len(text) > MAX_CHARACTERS:
        return f"it has {len(text):,} characters, at most {MAX_CHARACTERS:,} are possible"
    found = _NO_TEXT.search(text)
    if found is None:
        return None
    what = "a NUL character" if found[0] == "\0" else "half of a surrogate pair: write the character itself"
    return f"line {text.count(chr(10), 0, found.start()) + 1} has {what}"


def unpacked(value: Any) -> Any:
    """Models now and then send a list as its JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def names_used(calls: Iterable[Mapping[str, Any]]) -> set[str]:
    """The attachments that these calls name; their arguments may be anything."""
    found = (call["input"].get("attachment") for call in calls if call["name"] == "use_attachment")
    return {name for name in found if isinstance(name, str) and unusable({"attachment": name}) is None}


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CreateFile(Arguments):
    path: FilePath
    content: str = Field(description="The whole text of the new file")
    purpose: str = Field(default="", max_length=1_000, description="One short sentence: what the file is for")


class ReadFile(Arguments):
    path: FilePath
    start: int | None = Field(default=None, ge=1, description="First line to show, from 1. Default: 1")
    end: int | None = Field(default=None, ge=1, description="Last line to show, inclusive. Default: the last")


class ReadFiles(Arguments):
    files: Annotated[tuple[ReadFile, ...], BeforeValidator(unpacked)] = Field(
        min_length=1, max_length=20, description="The files, each with the lines to show"
    )


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
        description="The present text of line last_line: required when the span has more than one line",
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
    edits: Annotated[tuple[Edit, ...], BeforeValidator(unpacked)] = Field(
        min_length=1,
        max_length=500,
        description="All numbers refer to the file before this call; spans must not overlap",
    )


class RewriteFile(Arguments):
    path: FilePath
    rev: Rev
    content: str = Field(description="The whole new text of the file; what is not in it is lost")


class DeleteFile(Arguments):
    path: FilePath


class RenameFile(Arguments):
    source: FilePath = Field(alias="from")
    target: FilePath = Field(
        alias="to", description="The new path, which no file has, with the extension of the old one"
    )

    @property
    def path(self) -> str:
        """The file that the call is about."""
        return self.source


class UseAttachment(Arguments):
    attachment: str = Field(max_length=100, description="Its name as <attachments> has it: logo.png")
    path: str = Field(
        description="Where it goes, with the same ending: public/logo.png is served from /logo.png, "
        "src/assets/logo.png can be imported"
    )


class GenerateImage(Arguments):
    prompt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)] = Field(
        description="What the picture shows, in which manner, light and colours, in whole sentences. It is "
        "all that the painter knows: it sees neither the app nor the chat"
    )
    path: str = Field(
        description="Where it goes, ending with .webp: public/hero.webp is served from /hero.webp, "
        "src/assets/hero.webp can be imported"
    )
    size: PictureSize = Field(
        default="1024x1024", description="Width and height in pixels. Default: 1024x1024"
    )


def _hex_colour(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    colour = normal_hex(value)
    if colour is None:
        raise ValueError("give the colour as hex digits, such as #2f5bea")
    return colour


HexColour = Annotated[str, BeforeValidator(_hex_colour)]


class SetTheme(Arguments):
    preset: PresetName | None = Field(
        default=None,
        description="A look to begin with: "
        + "; ".join(f"{name}: {preset.look} ({preset.suits})" for name, preset in PRESETS.items())
        + ". It begins anew; without it the present theme is changed",
    )
    primary: HexColour | None = Field(
        default=None, description="The brand's colour, as hex: #2f5bea. Of buttons, links, what is chosen"
    )
    accent: HexColour | None = Field(
        default=None, description="A second colour, as hex, of soft surfaces, badges and charts"
    )
    neutral: Neutral | None = Field(
        default=None, description="The greys and the page: pure grey, cool, warm, or tinted by the primary"
    )
    radius: Radius | None = Field(default=None, description="Corners")
    density: Density | None = Field(default=None, description="Space within and between things")
    fonts: Fonts | None = Field(
        default=None,
        description="By the headings' typeface: plain inter, geist, dm-sans, system; with character "
        "space-grotesk, bricolage; serif fraunces, playfair; jetbrains-mono",
    )
    mood: Mood | None = Field(
        default=None, description="Changes corners, fonts, shadows and motion of the preset together"
    )
    appearance: Appearance | None = Field(
        default=None, description="auto: as the visitor's device says, or always light or dark"
    )

    @property
    def path(self) -> str:
        """The file that the call is about."""
        return THEME_FILE


PackageWord = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class AddDependency(Arguments):
    name: Annotated[PackageWord, StringConstraints(max_length=214)] = Field(
        description="Its name in the npm registry: qrcode.react"
    )
    range: Annotated[PackageWord, StringConstraints(max_length=60)] | None = Field(
        default=None,
        description="A version or a range, such as ^4.2.0, only where it matters. Default: the newest",
    )

    @property
    def path(self) -> str:
        """The file that the call is about."""
        return PACKAGE_FILES[0]


class RemoveDependency(Arguments):
    name: Annotated[PackageWord, StringConstraints(max_length=214)] = Field(description="The package's name")

    @property
    def path(self) -> str:
        """The file that the call is about."""
        return PACKAGE_FILES[0]


class Search(Arguments):
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        description="A name or words of it (formatDate, format date), an address for a route, or exact text",
    )
    kind: Literal["component", "hook", "function", "type", "value", "route", "text"] | None = Field(
        default=None,
        description="component, hook, function, type (also interface, enum, class) or value (a constant): "
        "what files define at their top level, exported or not; route: a page's path; text: lines of any "
        "text file. Default: all of them, definitions first",
    )
    limit: int | None = Field(default=None, ge=1, le=50, description="At most so many results. Default: 20")


class Look(Arguments):
    route: str = Field(max_length=2_000, description="The page to see, as in the address: / or /settings")


class GetSchema(Arguments):
    pass


class RunCheck(Arguments):
    pass


class Step(Arguments):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        description="What is to be done, for the person who reads it, in their language"
    )
    done: bool = False


class Todo(Arguments):
    items: Annotated[tuple[Step, ...], BeforeValidator(unpacked)] = Field(
        min_length=1, max_length=20, description="The whole list, in order, what is done included"
    )


class AskedQuestion(Arguments):
    question: str = Field(min_length=1, max_length=500, description="One sentence, in the person's language")
    choices: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=5, description="Likely answers, a few words each, the one you would take first"
    )


class Ask(Arguments):
    questions: Annotated[tuple[AskedQuestion, ...], BeforeValidator(unpacked)] = Field(
        min_length=1, max_length=3, description="Only what you cannot decide yourself"
    )


MAX_DECISIONS = 8
Decision = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Finish(Arguments):
    title: str = Field(
        default="",
        max_length=1_000,
        description="After a change: what it changes, in two to six words and the person's language, as in a "
        "list of versions: `Add due dates`",
    )
    summary: str = Field(
        max_length=10_000,
        description="For the person who asked, without file names. After a change: one to three sentences, "
        "what the app can do now. For a question: the whole answer. In mode plan: the whole plan",
    )
    decisions: Annotated[tuple[Decision, ...], BeforeValidator(unpacked)] = Field(
        default=(),
        max_length=MAX_DECISIONS,
        description="Choices of this request that later ones have to keep to, which the files do not show by "
        "themselves: what the person wants always or never, such as `prices in euros`. Mostly none",
    )
