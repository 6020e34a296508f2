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


def _composed() -> tuple[str, str]:
    """The prompt, and its rules' own number."""
    rules = (_TEXTS / "system.md").read_text(encoding="utf-8")
    head = _FRONT_MATTER.match(rules)
    if head is None or rules.count(_FOUNDATION) != 1:
        raise ValueError("prompt/system.md begins with its version and has one place for the foundation")
    # What a template's release offers is a text of its own: rules of working do not depend on it.
    foundation = (_TEXTS / "foundation.md").read_text(encoding="utf-8")
    return rules[head.end() :].replace(_FOUNDATION, foundation), head[1]


@cache
def prompt_version(*, paints: bool) -> str:
    """The rules' own number, and a digest of all that every request begins with.

    So two versions differ whenever a word of the texts or of the tools' manual does. `paints`: see
    `tool_schemas`.
    """
    whole = SYSTEM_PROMPT + json.dumps(tool_schemas(paints=paints))
    return f"{_NUMBER}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


SYSTEM_PROMPT, _NUMBER = _composed()
PROMPT_VERSION = prompt_version(paints=False)
NAMING_PROMPT = (_TEXTS / "naming.md").read_text(encoding="utf-8")
"""The system prompt of the request for a new app's name and logo."""
