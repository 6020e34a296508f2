"""What the messages of a request tell: the user's words, the files seen and written, the errors.

Messages are neutral: a `role` (user, assistant) and a `content` of blocks `text`, `tool_use` (`id`, `name`,
`input`) and `tool_result` (`tool_use_id`, `content`, `is_error`), as the Messages API has them; others count
for nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_REQUEST = re.compile(r"<request>\s*\n?(.*)\n?\s*</request>", re.DOTALL)
_EARLIER = re.compile(r"<earlier_request>\s*\n?(.*?)\n?\s*</earlier_request>", re.DOTALL)
_MODE = re.compile(r"</files>.*<mode>(\w+)</mode>\s*<request>", re.DOTALL)
_TEMPLATE = re.compile(r"<app>.*?^template: ([a-z0-9-]+)@.*?</app>", re.DOTALL | re.MULTILINE)
_FILES = re.compile(r"<(locked_files|files)>(.*?)</\1>", re.DOTALL)
_TEMPLATES = re.compile(r'<templates default="([^"]*)">\n(.*?)\n</templates>', re.DOTALL)
_UPGRADE = re.compile(r"<upgrade>(.*?)</upgrade>", re.DOTALL)
_LISTED = re.compile(r"^\s*(?:- )?(\S+?)(?:\s+\(.*)?$", re.MULTILINE)
_RECOVERY = re.compile(r"<error_recovery\b([^>]*)>(.*?)</error_recovery>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_REV = re.compile(r"\brev:([0-9a-f]{8})\b")
_NUMBERED = re.compile(r"^ *(\d+)\| ?(.*)$")


@dataclass
class FileState:
    """A file as the conversation last showed it; `lines` is None when only its name is known."""

    rev: str | None = None
    lines: list[str] | None = None


@dataclass(frozen=True)
class ErrorRecovery:
    """A failed build that came back as a chat message."""

    category: str
    attempt: int
    text: str


@dataclass
class Conversation:
    """`request`: the words to act upon; when they answer questions, those that led to these."""

    request: str
    listing: tuple[str, ...]
    mode: str = "build"
    answers: str | None = None  # what the person said to the questions, when any were asked
    recovery: ErrorRecovery | None = None
    aside: str = ""  # it asks for nothing but the app's name and logo (naming), or its template (choosing)
    template: str = ""  # what the app was made from, by its name
    locked: frozenset[str] = frozenset()  # those of its files that cannot be changed
    templates: tuple[str, ...] = ()  # that it may choose among, first the one for all else
    condensed: bool = False  # it goes on from one that had grown too long
    follows: bool = False  # there was a request to this app before
    upgrade: str = ""  # what it is told of conflicts with a newer foundation
    turn: int = 0  # assistant turns since the request, or since the recovery in progress
    files: dict[str, FileState] = field(default_factory=dict)
    originals: dict[str, list[str]] = field(default_factory=dict)  # as they were before this conversation
    seen: dict[str, list[str]] = field(default_factory=dict)  # as first read since the recovery in progress
    changed: set[str] = field(default_factory=set)  # by this conversation
    failures: dict[str, list[str]] = field(default_factory=dict)  # error texts of tools, by path
    results: list[str] = field(default_factory=list)
    themed: bool = False  # it has asked for a theme
    theme_refused: str = ""  # why it did not get the last one
    packages: dict[str, str] = field(
        default_factory=dict
    )  # that it has asked for, and why it has not got them

    def lines(self, path: str) -> list[str] | None:
        state = self.files.get(path)
        return state.lines if state else None

    def rev(self, path: str) -> str | None:
        state = self.files.get(path)
        return state.rev if state else None

    def exists(self, path: str) -> bool:
        return path in self.files


def read_conversation(messages: Sequence[Mapping[str, Any]]) -> Conversation:
    first = _texts(messages[0])
    request = _REQUEST.search(first)
    listed = [(found.group(1), _LISTED.findall(found.group(2))) for found in _FILES.finditer(first)]
    listing = tuple(path for _, paths in listed for path in paths)
    words = (request.group(1) if request else first).strip()
    earlier = _EARLIER.search(first[: request.start()]) if request else None
    mode = _MODE.search(first)
    conversation = Conversation(
        earlier.group(1).strip() if earlier else words,
        listing,
        mode.group(1) if mode else "build",
        words if earlier else None,
    )
    conversation.files = {path: FileState() for path in listing}
    conversation.locked = frozenset(
        path for name, paths in listed if name == "locked_files" for path in paths
    )
    conversation.template = found.group(1) if (found := _TEMPLATE.search(first)) else ""
    conversation.templates = _offered(first)
    conversation.follows = "<brief>" in first and earlier is None
    conversation.condensed = "<so_far>" in first
    conversation.upgrade = "\n".join(_UPGRADE.findall(first))
    calls: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for index, message in enumerate(messages):
        if message["role"] == "assistant":
            conversation.turn += 1
            calls = {b["id"]: (b["name"], b["input"]) for b in _blocks(message) if b["type"] == "tool_use"}
        else:
            _take_results(conversation, message, calls)
            if index or not conversation.condensed:  # what is condensed tells again of what was answered
                _take_recovery(conversation, message)
    return conversation


def _offered(text: str) -> tuple[str, ...]:
    found = _TEMPLATES.search(text)
    if not found:
        return ()
    names = (line.partition(":")[0] for line in found.group(2).splitlines())
    return found.group(1), *(name for name in names if name != found.group(1))


def _take_recovery(conversation: Conversation, message: Mapping[str, Any]) -> None:
    """A recovery starts a new section: failures before it no longer count."""
    found = _RECOVERY.search(_texts(message))
    if not found:
        return
    attributes = dict(_ATTRIBUTE.findall(found.group(1)))
    attempt = attributes.get("attempt", "1")
    conversation.recovery = ErrorRecovery(
        attributes.get("category", "unknown"), int(attempt) if attempt.isdecimal() else 1, found.group(2)
    )
    conversation.turn = 0
    conversation.seen.clear()
    conversation.failures.clear()
    for state in conversation.files.values():
        state.lines = None  # fixers may have changed any file since


def _take_results(
    conversation: Conversation, message: Mapping[str, Any], calls: Mapping[str, tuple[str, Mapping[str, Any]]]
) -> None:
    for block in _blocks(message):
        if block["type"] != "tool_result" or block["tool_use_id"] not in calls:
            continue
        name, arguments = calls[block["tool_use_id"]]
        text = _result_text(block)
        conversation.results.append(text)
        if name == "set_theme":
            conversation.themed = True
            conversation.theme_refused = text if block.get("is_error") else ""
        if name == "add_dependency":
            conversation.packages[str(arguments.get("name"))] = text if block.get("is_error") else ""
        path = arguments.get("path")
        if not isinstance(path, str):
            continue
        if block.get("is_error"):
            conversation.failures.setdefault(path, []).append(text)
            if path in conversation.files or (name == "create_file" and "exist" in text):
                conversation.files[path] = FileState()  # there is such a file; it has to be read again
        else:
            _apply(conversation, name, path, arguments, text)


def _apply(
    conversation: Conversation, name: str, path: str, arguments: Mapping[str, Any], result: str
) -> None:
    found = _REV.search(result)
    rev = found.group(1) if found else None
    if name == "read_file":
        lines = _numbered_lines(result)
        conversation.files[path] = FileState(rev, lines)
        if lines is not None:
            conversation.seen.setdefault(path, lines)
            if path not in conversation.changed:
                conversation.originals[path] = lines
        return
    if name == "delete_file":
        conversation.files.pop(path, None)
        return
    conversation.changed.add(path)
    if name in {"create_file", "rewrite_file"}:
        conversation.files[path] = FileState(rev, to_lines(str(arguments.get("content", ""))))
    elif name == "line_replace":
        before = conversation.lines(path)
        after = apply_edits(before, arguments.get("edits", [])) if before is not None else None
        conversation.files[path] = FileState(rev, after)


def to_lines(text: str) -> list[str]:
    """Lines without their ends; a final line end opens no further line."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def apply_edits(lines: list[str], edits: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines after line_replace; edits carry original numbers, so they apply bottom-up."""
    after = list(lines)
    for edit in sorted(edits, key=lambda e: int(e["first_line"]), reverse=True):
        after[int(edit["first_line"]) - 1 : int(edit["last_line"])] = to_lines(str(edit["replace"]))
    return after


def _numbered_lines(result: str) -> list[str] | None:
    """The whole file, or None when the result does not start at line 1."""
    found = [match for line in result.splitlines() if (match := _NUMBERED.match(line))]
    if [int(match.group(1)) for match in found] != list(range(1, len(found) + 1)):
        return None
    return [match.group(2) for match in found]


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _texts(message: Mapping[str, Any]) -> str:
    return "\n".join(block["text"] for block in _blocks(message) if block["type"] == "text")


def _result_text(block: Mapping[str, Any]) -> str:
    content = block.get("content", "")
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content if part.get("type") == "text")
