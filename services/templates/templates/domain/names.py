"""Names that may become Git refs, tar members and URLs: templates and file paths."""

import re

_TEMPLATE = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,62}", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9._@()\[\]$+~-]+", re.ASCII)
_LONGEST_PATH = 200


def is_template_name(text: str) -> bool:
    return _TEMPLATE.fullmatch(text) is not None


def is_file_path(text: str) -> bool:
    """Whether a text is a plain relative path: no `.`, `..`, empty or exotic segment, not inside `.git`."""
    return len(text) <= _LONGEST_PATH and all(
        _SEGMENT.fullmatch(segment) and segment.lower() not in {".", "..", ".git"}
        for segment in text.split("/")
    )
