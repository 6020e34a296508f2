"""What to do about a newer foundation: the app's files stay as they are, and get the words that they lack."""

import re

from dev.simulator.blueprint.plan import Originals, Plan
from dev.simulator.conversation import Conversation

_REQUEST = re.compile(r"Upgrade the app's foundation from \S+ to \S+\.")
_FILE = re.compile(r"^== (src/texts/\S+\.ts)$(.*?)(?=^== |\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^\+(  (\w+): .*,)$", re.MULTILINE)
_END = "};"
_INTRO = "I look at what the new foundation asks of the app's own files."
_KEPT = "Where the app and its new foundation had changed the same lines, I have kept those of the app."
_ADDED = "The texts that the new foundation needs are added to those of the app."


def is_upgrade(conversation: Conversation) -> bool:
    """Whether the platform asks, nobody else."""
    return bool(conversation.upgrade) or _REQUEST.match(conversation.request) is not None


def upgrade_plan(conversation: Conversation) -> Plan:
    """Words of pages that the foundation keeps are entries of an object, and may be missing in the app's."""
    news = {path: _ENTRY.findall(told) for path, told in _FILE.findall(conversation.upgrade)}
    news = {path: entries for path, entries in news.items() if entries and conversation.exists(path)}

    def files(originals: Originals) -> dict[str, list[str]]:
        return {path: _with(originals[path], news[path]) for path in news if path in originals}

    summary = f"{_KEPT} {_ADDED if news else ''}".rstrip()
    return Plan(_INTRO, tuple(news), files, f"{summary} (Model simulator.)", {})


def _with(lines: list[str], entries: list[tuple[str, str]]) -> list[str]:
    """The object with the entries that it lacks at its end."""
    has = {line.partition(":")[0].strip() for line in lines}
    lacks = [line for line, name in entries if name not in has]
    if not lacks or _END not in lines:
        return lines
    end = len(lines) - 1 - lines[::-1].index(_END)
    return [*lines[:end], *lacks, *lines[end:]]
