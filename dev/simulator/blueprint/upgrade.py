"""What to do about a newer foundation: the app's files stay as they are, and get the words that they lack."""

import re

from dev.simulator.blueprint.plan import Originals, Plan
from dev.simulator.blueprint.restyle import STYLE, THEME, news_of_style, restyled
from dev.simulator.conversation import Conversation

_REQUEST = re.compile(r"Upgrade the app's foundation from \S+ to \S+\.")
_FILE = re.compile(r"^== (src/texts/\S+\.ts)$(.*?)(?=^== |\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^\+(  (\w+): .*,)$", re.MULTILINE)
_END = "};"
# What apps of the first foundation write for a box and a choice, which are others in the second.
_TICKED = re.compile(
    r"\bonChange=\{\((\w+)\) => (.*?)\b\1\.(?:currentTarget|target)\.checked\b(.*?)\}(?=[\s/>]|$)",
    re.MULTILINE,
)
_SELECT = re.compile(
    r"(?<=[{,] )Select(?= ?[,}])|(?<=<)Select\b|(?<=</)Select\b|^  Select(?=,$)", re.MULTILINE
)
_KIT = '"@/components/ui"'
_INTRO = "I look at what the new foundation asks of the app's own files."
_KEPT = "Where the app and its new foundation had changed the same lines, I have kept those of the app."
_ADDED = "The texts that the new foundation needs are added to those of the app."


def is_upgrade(conversation: Conversation) -> bool:
    """Whether the platform asks, nobody else."""
    return bool(conversation.upgrade) or _REQUEST.match(conversation.request) is not None


def upgrade_plan(conversation: Conversation) -> Plan:
    """Words of pages that the foundation keeps are entries of an object, and may be missing in the app's.

    Colours go into the theme. What does not build then gets the kit's new names.
    """
    news = {path: _ENTRY.findall(told) for path, told in _FILE.findall(conversation.upgrade)}
    news = {path: entries for path, entries in news.items() if entries and conversation.exists(path)}

    style = news_of_style(conversation.upgrade) if conversation.exists(THEME) else []

    def files(originals: Originals) -> dict[str, list[str]]:
        wanted = {path: _with(originals[path], news[path]) for path in news if path in originals}
        if style and STYLE in originals and THEME in originals:
            wanted |= restyled(originals[STYLE], originals[THEME], style)
        if conversation.recovery is not None:
            others = [path for path in originals if path.endswith(".tsx")]
            wanted |= {path: _adapted(originals[path]) for path in others}
        return wanted

    summary = f"{_KEPT} {_ADDED if news else ''}".rstrip()
    needs = (*news, *((STYLE, THEME) if style else ()))
    return Plan(_INTRO, needs, files, f"{summary} (Model simulator.)", {})


def _with(lines: list[str], entries: list[tuple[str, str]]) -> list[str]:
    """The object with the entries that it lacks at its end."""
    has = {line.partition(":")[0].strip() for line in lines}
    lacks = [line for line, name in entries if name not in has]
    if not lacks or _END not in lines:
        return lines
    end = len(lines) - 1 - lines[::-1].index(_END)
    return [*lines[:end], *lacks, *lines[end:]]


def _adapted(lines: list[str]) -> list[str]:
    """The page for the second foundation's kit."""
    text = "\n".join(lines)
    if _KIT not in text:
        return lines
    text = _TICKED.sub(r"onCheckedChange={(checked) => \2checked === true\3}", text)
    return _SELECT.sub("NativeSelect", text).split("\n")
