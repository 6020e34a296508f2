"""Which thinking, effort and length of answer a model takes, and whether its thinking can be read."""

import re
from typing import Any

from dev.simulator.wire.errors import invalid

EFFORTS = ("low", "medium", "high", "xhigh", "max")
_NAME = re.compile(r"claude-([a-z]+)-(\d+)(?:-(\d{1,2}))?(?!\d)")
_FIELDS = {
    "adaptive": {"display"},
    "enabled": {"display", "budget_tokens"},
    "between_tools": set[str](),
    "disabled": set[str](),
}
_LEAST_BUDGET = 1024
_MOST_TOKENS = 128_000
_MOST_TOKENS_OF_OLDER = 64_000


def most_tokens(model: str) -> int:
    """How long an answer of the model may be."""
    return _MOST_TOKENS if _version(model) >= (4, 6) else _MOST_TOKENS_OF_OLDER


def validate_thinking(body: dict[str, Any]) -> None:
    """Raises ApiError where the model would refuse the request's `thinking` or `output_config`."""
    _validate_effort(body)
    thinking = body.get("thinking")
    if thinking is None:
        return
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind not in _FIELDS:
        raise invalid(f"thinking: Input tag {kind!r} does not match any of the expected tags")
    if kind not in _kinds(body["model"]):
        raise invalid(_not_supported(kind, body["model"]))
    for name in sorted(thinking.keys() - _FIELDS[kind] - {"type"}):
        raise invalid(f"thinking.{kind}.{name}: Extra inputs are not permitted")
    if thinking.get("display") not in {None, "summarized", "omitted"}:
        raise invalid(f"thinking.{kind}.display: Input should be 'summarized' or 'omitted'")
    budget = thinking.get("budget_tokens")
    if kind == "enabled" and not (isinstance(budget, int) and _LEAST_BUDGET <= budget < body["max_tokens"]):
        raise invalid("thinking.enabled.budget_tokens: at least 1024 and less than max_tokens")


def shows_thinking(body: dict[str, Any]) -> bool:
    """Whether thinking blocks carry text: newer models send only a signature unless asked for a summary."""
    thinking = body.get("thinking") or {}
    if thinking.get("type") == "between_tools":
        return True
    if thinking.get("display") is not None:
        return bool(thinking["display"] == "summarized")
    return bool(thinking) and _version(body["model"]) < (4, 7)


def _validate_effort(body: dict[str, Any]) -> None:
    config = body.get("output_config") or {}
    for name in sorted(config.keys() - {"effort", "format"}):
        raise invalid(f"output_config.{name}: Extra inputs are not permitted")
    effort = config.get("effort")
    if effort is None:
        return
    version = _version(body["model"])
    if effort not in EFFORTS:
        raise invalid(f"output_config.effort: Input should be one of {', '.join(EFFORTS)}")
    if version < (4, 6) or (effort == "xhigh" and version < (4, 7)):
        raise invalid("This model does not support the effort parameter.")


def _kinds(model: str) -> set[str]:
    family, version = _family(model), _version(model)
    kinds = set[str]()
    if version >= (4, 6):
        kinds.add("adaptive")
    if version < (4, 7):
        kinds.add("enabled")
    if family == "sonnet" and version >= (5, 5):
        kinds.add("between_tools")
    if family == "haiku" or version < (5, 5):
        kinds.add("disabled")
    return kinds


def _not_supported(kind: str, model: str) -> str:
    known = sorted(_kinds(model) - {"enabled"})
    return f"thinking.type: `{kind}` is not supported by this model; use {' or '.join(known)}."


def _family(model: str) -> str:
    named = _NAME.match(model)
    return named[1] if named else ""


def _version(model: str) -> tuple[int, int]:
    """Names without a version count as the newest models."""
    named = _NAME.match(model)
    return (int(named[2]), int(named[3] or 0)) if named else (99, 0)
