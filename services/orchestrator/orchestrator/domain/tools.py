"""The tools offered to the model: their manual, and the reading of a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import ValidationError

from common.contracts import PACKAGE_FILES
from orchestrator.domain.apply import Scene, ToolOutcome, apply_arguments
from orchestrator.domain.arguments import (
    AddDependency,
    Arguments,
    Ask,
    CreateFile,
    DeleteFile,
    Finish,
    GenerateImage,
    GetSchema,
    LineReplace,
    Look,
    ReadFile,
    ReadFiles,
    RemoveDependency,
    RenameFile,
    RewriteFile,
    RunCheck,
    Search,
    SetTheme,
    Todo,
    UseAttachment,
    unpacked,
    unusable,
)
from orchestrator.domain.edits import LoggedEdit
from orchestrator.domain.index import AppIndex
from orchestrator.domain.packages import ADD_DEPENDENCY, REMOVE_DEPENDENCY
from orchestrator.domain.text import storable
from orchestrator.domain.theme.sheet import THEME_FILE
from orchestrator.domain.tree import Tree
from orchestrator.domain.turns import INVALID_JSON

__all__ = [
    "INDEXED_TOOLS",
    "INVALID_JSON",
    "PACKAGE_TOOLS",
    "TOOL_SCHEMAS",
    "WAITING_TOOLS",
    "WRITING_TOOLS",
    "ToolCall",
    "ToolName",
    "ToolOutcome",
    "ToolRefused",
    "apply_call",
    "next_calls",
    "parse_call",
    "paths_read",
    "tool_schemas",
]

ToolName = Literal[
    "create_file",
    "read_file",
    "read_files",
    "line_replace",
    "rewrite_file",
    "delete_file",
    "rename_file",
    "set_theme",
    "use_attachment",
    "generate_image",
    "add_dependency",
    "remove_dependency",
    "search",
    "get_schema",
    "run_check",
    "look",
    "todo",
    "ask",
    "finish",
]
PACKAGE_TOOLS: frozenset[str] = frozenset({"add_dependency", "remove_dependency"})
WRITING_TOOLS: frozenset[str] = frozenset(
    {
        "create_file",
        "line_replace",
        "rewrite_file",
        "delete_file",
        "rename_file",
        "set_theme",
        "use_attachment",
        "generate_image",
        *PACKAGE_TOOLS,
    }
)
INDEXED_TOOLS: frozenset[str] = frozenset({"create_file", "rename_file", "search"})
"""The tools that look through all files of the app."""
WAITING_TOOLS: frozenset[str] = frozenset(
    {"get_schema", "run_check", "look", "generate_image", *PACKAGE_TOOLS}
)
"""Their answers come from elsewhere, as from the builder, and are about the files as they are by then."""
_PAINTING_TOOLS: frozenset[str] = frozenset({"generate_image"})
"""Offered only where somebody makes pictures."""
_DATABASE_TOOLS: frozenset[str] = frozenset({"get_schema"})
"""Offered only where apps have a database."""

_MODELS: dict[ToolName, type[Arguments]] = {
    "create_file": CreateFile,
    "read_file": ReadFile,
    "read_files": ReadFiles,
    "line_replace": LineReplace,
    "rewrite_file": RewriteFile,
    "delete_file": DeleteFile,
    "rename_file": RenameFile,
    "set_theme": SetTheme,
    "use_attachment": UseAttachment,
    "generate_image": GenerateImage,
    "add_dependency": AddDependency,
    "remove_dependency": RemoveDependency,
    "search": Search,
    "get_schema": GetSchema,
    "run_check": RunCheck,
    "look": Look,
    "todo": Todo,
    "ask": Ask,
    "finish": Finish,
}

_DESCRIPTIONS: dict[ToolName, str] = {
    "create_file": (
        "Creates a new text file. Missing folders are made. Refuses a path that exists: change existing "
        "files with line_replace or rewrite_file. Refuses once what exports a name that the app exports "
        "already. Send the complete file, never an excerpt or a placeholder. "
        "Keep files small: one component, hook or page each, below about 150 lines. Answers `ok rev:<8 "
        "digits>`; that revision is good for a line_replace at once, without reading the file."
    ),
    "read_file": (
        "Shows a text file: first `rev:<8 digits>`, then its lines as `12| text`. The number, the bar and "
        "one space are not part of the line. Read a file before you edit it for the first time; give start "
        "and end to see only a part of a long one. Files you have just written need no reading: the answer "
        "to the writing call has the new revision and the changed lines."
    ),
    "read_files": (
        "Shows several text files at once, each as read_file does, after a line `== <path> rev:<8 digits>`. "
        "Use it when you know which files you need. About 100,000 characters fit into an answer; it says "
        "which files did not."
    ),
    "line_replace": (
        "Changes parts of an existing file: the right tool for most edits. Put all edits of one file into "
        "one call. Every number refers to the file as it was before the call, so earlier edits of the same "
        "call do not shift later ones. All edits are applied, or none.\n"
        "Each edit replaces the lines first_line to last_line (inclusive, from 1) by `replace`, the full new "
        "text of that span. expect_first and expect_last are the present text of the span's first and last "
        "line, copied without number: they guard against numbers that are off. expect_last may be left out "
        "only when the span is a single line. To insert, set "
        "last_line = first_line - 1: the text goes before first_line, and expect_first is the line it goes "
        "before. To delete, let `replace` be empty. Never write placeholders such as `... keep existing "
        "code`: `replace` goes into the file word for word.\n"
        "Answers `ok rev:<8 digits>` with the changed lines as they now are; use that rev for the next edit. "
        "An error shows the present lines around the place: correct the numbers and try again."
    ),
    "rewrite_file": (
        "Replaces a whole existing file. For files below about 60 lines, or when line_replace has failed "
        "twice or nearly every line changes; for anything else line_replace is shorter and safer. What is "
        "not in `content` is lost."
    ),
    "delete_file": (
        "Deletes a file of the app. Remove the imports and routes that use it in the same turn: the build "
        "fails on an import of a missing file."
    ),
    "rename_file": (
        "Moves or renames a file and makes the imports follow, in all files that import it and in its own: "
        "never create it anew elsewhere for that. Names inside of the files stay as they are. Answers `ok "
        "rev:<8 digits>` of the moved file, and each other file that changed with its new revision and lines."
    ),
    "set_theme": (
        "Gives the app its look by writing src/theme.css: colours for light and dark from one or two of the "
        "brief, fonts, corners, spacing, shadows, motion. Contrast is taken care of: colours that could not "
        "be read are made darker or lighter. The first call in a new app, with a preset that suits and a "
        "primary of its own; in an existing one for every wish about its look as a whole (rounder, darker, "
        "blue), with only what the wish changes. Answers what was chosen. The variables' classes stay."
    ),
    "use_attachment": (
        "Puts a picture that the person has sent, with this message or an earlier one, into the app as it "
        "is, such as a logo. A picture that is there already at the path is replaced. "
        "Files have at most 1 MB. Screenshots that only show what is meant do not belong into the app."
    ),
    "generate_image": (
        "Has a picture made from words and puts it into the app as a WebP file; a picture that is there "
        "already at the path is replaced. It takes up to a minute and costs the person money, and a run "
        "gets five at most: only where the request asks for pictures, or the app would be poor without. "
        "Draw icons, logos and simple shapes as SVG instead. You do not see the picture."
    ),
    "add_dependency": ADD_DEPENDENCY,
    "remove_dependency": REMOVE_DEPENDENCY,
    "search": (
        "Finds where something is in the app, also in locked files: definitions by name, routes, and text. "
        "Answers lines `<path>:<line> …`, best first. Use it before you write a helper, hook, component or "
        "type that the app may have, and to find what a request is about without reading many files."
    ),
    "get_schema": (
        "Shows the tables of the app's database as the migrations among its files make them: columns, types, "
        "policies, and which migrations are applied already; or why they cannot be applied. It also brings "
        "src/lib/database.types.ts up to date. Use it before you change tables of an existing app, and after "
        "you have written a migration."
    ),
    "run_check": (
        "Type-checks and builds the files as they are now and answers with the errors, or that there are "
        "none. Use it in long work, where errors are cheaper to repair early, and before `look`. It needs no "
        "call right before `finish`, which does the same."
    ),
    "look": (
        "Shows a page of the app as a browser saw it after its last build, with what went wrong there: "
        "errors, requests that failed, text that does not fit. Files that were written since then are not "
        "in it: call run_check first to see them. Use it where the request is about how the app looks, or "
        "when an error of category runtime came back."
    ),
    "todo": (
        "Keeps your list of steps, which the person sees. For work of many parts only: write it before the "
        "first file, and send it again, whole, when a step is done, beside the calls of the next step and "
        "never alone. It is handed on when the work is interrupted."
    ),
    "ask": (
        "Asks the person, who answers later, and ends your work on this request: you begin anew with the "
        "answers. Only before the first change, only where a wrong guess would be costly to undo and the "
        "request, the chat and the files do not tell. Never about taste, wording or what has an ordinary "
        "choice: take that. Call it alone, once, with all questions."
    ),
    "finish": (
        "Ends your work on this request. After a change it starts type check, build and deployment: call it "
        "alone, once, when everything the request asks for is written and every file you import exists. If "
        "the build fails, its errors come back to you. Without any change it is an answer: for a question "
        "about the app, or in the modes plan and ask; the summary is what the person reads."
    ),
}


class ToolRefused(Exception):
    """The model called no known tool, or one with wrong arguments; the message is the answer for it."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call whose arguments are valid. `path` is the file it is about, None for `finish`."""

    name: ToolName
    args: Arguments
    path: str | None


def parse_call(
    name: str, arguments: Mapping[str, Any], *, paints: bool = False, database: bool = False
) -> ToolCall:
    """The call with checked arguments, or ToolRefused with the answer for the model.

    `paints` and `database`: see `tool_schemas`.
    """
    offered = _offered(paints, database)
    if name not in offered:
        raise ToolRefused(f"There is no tool {name!r}. The tools are: {', '.join(offered)}.")
    model = offered[name]
    if INVALID_JSON in arguments:
        raise ToolRefused(
            f"The arguments of {name} are no complete JSON object, so nothing was done. If they were cut "
            "off, send less at once: split the file into smaller ones or make several smaller edits."
        )
    problems = unusable(arguments)
    if problems is None:
        try:
            args = model.model_validate(dict(arguments))
            return ToolCall(name, args, getattr(args, "path", None))
        except ValidationError as error:
            problems = _problems(error)
    raise ToolRefused(
        f"The arguments of {name} are not valid, so nothing was done:\n{problems}\n"
        f"{name} takes: {_signature(model)}."
    )


def apply_call(
    call: ToolCall,
    *,
    current: bytes | None,
    tree: Tree,
    locked: tuple[str, ...],
    edit_log: Sequence[LoggedEdit] = (),
    others: Mapping[str, bytes] | None = None,
    index: AppIndex | None = None,
    insists: bool = False,
) -> ToolOutcome:
    """Do what the call says to `current`, the content of `call.path` (None: no such file).

    The model's mistakes come back as outcomes with `is_error`, never as exceptions. `edit_log`: the
    `edits` of earlier outcomes for this file in this run, oldest first; `others`: the contents of the files
    that the call reads beside its own, see `paths_read`; `index`: of the tree, for INDEXED_TOOLS; `insists`:
    the model was told before that the app has what the new file exports.
    """
    scene = Scene(current, tree, locked, edit_log, others or {}, index or AppIndex(), insists)
    return apply_arguments(call.args, scene)


def _offered(paints: bool, database: bool) -> dict[ToolName, type[Arguments]]:
    missing = (frozenset() if paints else _PAINTING_TOOLS) | (frozenset() if database else _DATABASE_TOOLS)
    return {name: model for name, model in _MODELS.items() if name not in missing}


def next_calls(calls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of a turn's unanswered calls to answer together: up to the first that waits, or that alone.

    So whatever was written before it is stored when it waits, and a restart carries nothing out twice.
    """
    first = next((at for at, call in enumerate(calls) if call["name"] in WAITING_TOOLS), len(calls))
    return list(calls[: first or 1])


def paths_read(call: Mapping[str, Any]) -> set[str]:
    """The files whose contents a call needs, by its arguments, which may be anything."""
    if call["name"] == "set_theme":
        return {THEME_FILE}
    if call["name"] in PACKAGE_TOOLS:
        return {PACKAGE_FILES[0]}
    arguments = call["input"]
    files = arguments.get("files")
    if isinstance(files, str):  # a list sent as its JSON text
        files = unpacked(files)
    listed = files if isinstance(files, list) else []
    paths = [
        arguments.get("path"), arguments.get("from"),
        *(one.get("path") for one in listed if isinstance(one, dict)),
    ]  # fmt: skip
    return {path for path in paths if isinstance(path, str)}


def _problems(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False)[:8]:
        where = ".".join(str(part) for part in problem["loc"]) or "arguments"
        lines.append(f"- {where}: {problem['msg']}")
    return storable("\n".join(lines))


def _signature(model: type[Arguments]) -> str:
    return ", ".join(
        (field.alias or name) if field.is_required() else f"{name} (optional)"
        for name, field in model.model_fields.items()
    )


def _input_schema(model: type[Arguments]) -> dict[str, Any]:
    """The model's JSON schema without titles and references, in a form every vendor reads."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    cleaned = _plain(schema, definitions)
    assert isinstance(cleaned, dict)  # noqa: S101 - narrows the type, an object stays an object
    return cleaned


def _plain(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_plain(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(definitions[node["$ref"].rpartition("/")[2]], definitions)
    options = [option for option in node.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:  # optional is said by not being required
        node = {
            **{key: value for key, value in node.items() if key not in {"anyOf", "default"}},
            **options[0],
        }
    return {
        key: {name: _plain(value, definitions) for name, value in child.items()}
        if key == "properties"
        else _plain(child, definitions)
        for key, child in node.items()
        if key != "title"
    }


def _definition(name: ToolName, model: type[Arguments]) -> dict[str, Any]:
    """What files are written with streams in as it is written, instead of whole at its end."""
    eager = {"eager_input_streaming": True} if name in WRITING_TOOLS else {}
    schema = _input_schema(model)
    return {"name": name, "description": _DESCRIPTIONS[name], "input_schema": schema, **eager}


@cache
def tool_schemas(*, paints: bool, database: bool = False) -> list[dict[str, Any]]:
    """Anthropic tool definitions; `paints`: with the tools for which somebody has to make pictures,
    `database`: with those for which apps must have one.

    They are the beginning of the cached prefix, so a process sends the same ones with every request.
    """
    return [_definition(name, model) for name, model in _offered(paints, database).items()]


TOOL_SCHEMAS = tool_schemas(paints=False)
