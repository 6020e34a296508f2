"""Sections of what the model is told: what stands in them is material and cannot end them."""

import re

_NAMES = (
    "app", "brief", "history", "earlier", "asked", "reply", "decisions", "draft", "locked_files", "files",
    "request", "so_far", "left_open", "earlier_request", "your_questions", "attachments", "mode",
    "app_name", "error_recovery", "build_check", "upgrade", "templates", "guide",
)  # fmt: skip
_TAG = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(_NAMES)})\b)", re.IGNORECASE)


def material(text: str) -> str:
    """The text with all that looks like a tag of ours made unlike it."""
    return _TAG.sub(r"<\\", text)


def section(name: str, text: str, **attributes: object) -> str:
    """`text` within tags of this name; what others have written in it has to be `material`."""
    assert name in _NAMES  # noqa: S101  # else `material` would let its tags through
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{told}>\n{text}\n</{name}>"
