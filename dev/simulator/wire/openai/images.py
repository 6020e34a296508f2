"""Pictures as the API takes them: data URLs, counted in patches of 32 pixels."""

import re
from math import ceil
from typing import Any

from dev.simulator.wire.errors import invalid
from dev.simulator.wire.images import MEDIA_TYPES, decoded, size_of
from dev.simulator.wire.openai.refusals import fields, one_of

MAX_IMAGES = 1500
_DATA_URL = re.compile(r"data:([\w/+.-]+);base64,")
_DETAILS = ("low", "high", "auto", "original")
_PATCH = 32  # pixels
_MOST_PATCHES = 1536
_LOW_TOKENS = 70


def validate_image(part: dict[str, Any], where: str) -> None:
    fields(part, {"type": str}, ("detail", "image_url", "file_id", "prompt_cache_breakpoint"), where)
    if part.get("detail") is not None:
        one_of(part["detail"], _DETAILS, f"{where}.detail")
    url = part.get("image_url")
    if not isinstance(url, str):
        raise invalid(
            f"Missing required parameter: '{where}.image_url'.", where, "missing_required_parameter"
        )
    if url.startswith(("http://", "https://")):
        raise invalid(
            f"Error while downloading {url[:80]}. The simulator fetches nothing.", "url", "invalid_image_url"
        )
    found = _DATA_URL.match(url)
    data = decoded(url[found.end() :]) if found else None
    if found is None or data is None:
        raise invalid(
            f"Invalid '{where}.image_url'. Expected a base64-encoded data URL with an image MIME type (e.g. "
            "'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got something else.",
            f"{where}.image_url",
            "invalid_value",
        )
    if found[1] not in MEDIA_TYPES or size_of(data, found[1]) is None:
        raise invalid(
            "The image data you provided does not represent a valid image. Please check your input and try "
            f"again with one of the following image formats: {list(MEDIA_TYPES)}.",
            where,
            "invalid_image_format",
        )


def image_tokens(part: dict[str, Any]) -> int:
    """Of a picture that was found valid."""
    if part.get("detail") == "low":
        return _LOW_TOKENS
    kind, _, data = part["image_url"].partition(";base64,")
    size = size_of(decoded(data) or b"", kind.removeprefix("data:")) or (_PATCH, _PATCH)
    return min(_MOST_PATCHES, ceil(size[0] / _PATCH) * ceil(size[1] / _PATCH))
