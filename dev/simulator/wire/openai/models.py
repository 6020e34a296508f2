"""Which models there are, and what they take."""

import re

from dev.simulator.wire.errors import ApiError

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
MOST_TOKENS = 128_000
_NAME = re.compile(r"gpt-(\d+)(?:\.(\d+))?o?(?:-[\w.-]+)?|o\d(?:-[\w-]+)?")


def known(model: str) -> None:
    if not _NAME.fullmatch(model):
        raise ApiError(
            "not_found_error",
            f"The model `{model}` does not exist or you do not have access to it.",
            param="model",
            code="model_not_found",
        )


def reasons(model: str) -> bool:
    """Whether the model thinks before it answers: it takes an effort and no sampling parameters."""
    return _version(model) >= (5, 0) and "-chat" not in model


def efforts(model: str) -> tuple[str, ...]:
    """What of EFFORTS the model takes."""
    version = _version(model)
    if version < (5, 1):
        return ("minimal", "low", "medium", "high")
    return tuple(one for one in EFFORTS if one != "minimal" and (one != "max" or version >= (5, 6)))


def _version(model: str) -> tuple[int, int]:
    """The series of `o` models counts as the first that reason."""
    named = _NAME.fullmatch(model)
    return (int(named[1]), int(named[2] or 0)) if named and named[1] else (5, 0)
