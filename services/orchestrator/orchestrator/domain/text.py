"""Text and binary content, and the short revision that edits refer to."""

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from orchestrator.errors import BinaryContent, PromptEmpty, PromptNotText, PromptTooLarge

MAX_PROMPT_BYTES = 100_000

_TEXT_NAMES = (
    "ts tsx mts cts js jsx mjs cjs css scss sass less html htm json jsonc json5 md mdx txt svg xml xsl yml "
    "yaml toml ini conf csv tsv graphql gql sql sh env lock webmanifest map vtt srt glsl vert frag wgsl "
    "properties editorconfig gitignore npmrc nvmrc prettierrc"
)
_TEXT_SUFFIXES = frozenset(_TEXT_NAMES.split())


def revision(content: bytes) -> str:
    """Eight hexadecimal digits that change with the content."""
    return hashlib.sha256(content).hexdigest()[:8]


def decode_text(content: bytes) -> str:
    """The content as text, or BinaryContent when it has NUL bytes or is no UTF-8."""
    if b"\0" in content:
        raise BinaryContent("The content has NUL bytes, so it is no text. Send text as UTF-8.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BinaryContent(
            f"The content is no UTF-8 text: byte {error.start + 1} is invalid. Send text as UTF-8.",
            offset=error.start,
        ) from None


def expects_text(path: str) -> bool:
    """Whether a file of this name must be text; names without a suffix and dotfiles are."""
    name = PurePosixPath(path).name.lower()
    suffix = name.removeprefix(".").rpartition(".")[2] if "." in name.removeprefix(".") else ""
    return not suffix or suffix in _TEXT_SUFFIXES


def line_count(content: bytes) -> int | None:
    """The number of lines a person would count, or None for binary content."""
    if b"\0" in content:
        return None
    return content.count(b"\n") + (0 if content.endswith(b"\n") or not content else 1)


def storable(text: str) -> str:
    """The text with what no database column takes, NUL and lone surrogates, as replacement characters."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def storable_json(value: Any) -> Any:
    """The JSON value, all of its texts storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(item) for item in value]
    return value


def encodable(value: Any) -> Any:
    """The JSON value with lone surrogates, which no UTF-8 can hold, as replacement characters."""
    raw = json.dumps(value, ensure_ascii=False)
    try:
        raw.encode()
    except UnicodeEncodeError:
        return json.loads(raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return value


def check_prompt(content: str) -> str:
    """The prompt unchanged, or PromptEmpty, or PromptTooLarge beyond 100,000 bytes of UTF-8."""
    if not content.strip():
        raise PromptEmpty("The prompt is empty: say in a sentence what the app should do.")
    if "\0" in content or any("\ud800" <= character <= "\udfff" for character in content):
        raise PromptNotText(
            "The prompt has characters that are no text (NUL or a lone surrogate): remove them."
        )
    size = len(content.encode())
    if size > MAX_PROMPT_BYTES:
        raise PromptTooLarge(
            f"The prompt has {size:,} bytes, at most {MAX_PROMPT_BYTES:,} are accepted: shorten it, "
            "or put long material into files.",
            size=size,
            limit=MAX_PROMPT_BYTES,
        )
    return content
