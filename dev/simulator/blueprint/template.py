"""Fills the .tmpl files: `@@name` holes, and lines that vanish when their hole is empty."""

import json
import re
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "tsx"
_NOTHING = "\0"


class _Tsx(string.Template):
    delimiter = "@@"


@cache
def _load(name: str) -> _Tsx:
    return _Tsx((_FOLDER / f"{name}.tmpl").read_text(encoding="utf-8"))


def fill(name: str, **holes: str) -> str:
    """The template `name` of the list, filled in."""
    return filled(_load(name), holes)


def template_of(text: str) -> string.Template:
    return _Tsx(text)


def filled(template: string.Template, holes: Mapping[str, str]) -> str:
    """An empty hole that stands alone on its line takes the line with it."""
    text = template.substitute({key: value or _NOTHING for key, value in holes.items()})
    lines = [line for line in text.split("\n") if line.strip() != _NOTHING]
    return "\n".join(lines).replace(_NOTHING, "")


def indent(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line if line else line for line in text.split("\n"))


def jsx_text(text: str) -> str:
    """Words as the content of an element, whatever signs they hold."""
    return f"{{{json.dumps(text, ensure_ascii=False)}}}" if re.search(r"[{}<>&]", text) else text


def js_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
