"""What models are told, from the texts in `orchestrator/prompt`. Equal for all apps and users."""

import hashlib
import json
import re
from functools import cache
from importlib.resources import files

from orchestrator.domain.tools import tool_schemas

_TEXTS = files("orchestrator") / "prompt"
_FRONT_MATTER = re.compile(r"---\nversion: (\d+)\n---\n")
_FOUNDATION = "{{foundation}}\n"
_DATABASE = "{{database}}\n"


@cache
def _composed(database: bool) -> tuple[str, str]:
    """The prompt, and its rules' own number."""
    rules = (_TEXTS / "system.md").read_text(encoding="utf-8")
    head = _FRONT_MATTER.match(rules)
    if head is None or rules.count(_FOUNDATION) != 1 or rules.count(_DATABASE) != 1:
        raise ValueError(
            "prompt/system.md begins with its version and has one place each for foundation and database"
        )
    # What a template's release offers is a text of its own: rules of working do not depend on it.
    foundation = (_TEXTS / "foundation.md").read_text(encoding="utf-8")
    text = rules[head.end() :].replace(_FOUNDATION, foundation)
    tables = (_TEXTS / ("database.md" if database else "no_database.md")).read_text(encoding="utf-8")
    return text.replace(_DATABASE, tables), head[1]


def system_prompt(*, database: bool) -> str:
    """What every request begins with; `database`: where apps can have one."""
    return _composed(database)[0]


@cache
def prompt_version(*, paints: bool, database: bool = False) -> str:
    """The rules' own number, and a digest of all that every request begins with.

    So two versions differ whenever a word of the texts or of the tools' manual does. `paints` and `database`:
    see `tool_schemas`.
    """
    text, number = _composed(database)
    whole = text + json.dumps(tool_schemas(paints=paints, database=database))
    return f"{number}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


SYSTEM_PROMPT = system_prompt(database=False)
"""Where apps have no database."""
PROMPT_VERSION = prompt_version(paints=False)
CHOICE_PROMPT = (_TEXTS / "choice.md").read_text(encoding="utf-8")
"""The system prompt of the request for a new app's template."""
NAMING_PROMPT = (_TEXTS / "naming.md").read_text(encoding="utf-8")
"""The system prompt of the request for a new app's name and logo."""
