"""Where cache breakpoints may stand."""

from collections.abc import Iterator
from typing import Any

from dev.simulator.wire.anthropic.blocks import blocks_of
from dev.simulator.wire.errors import invalid

MAX_BREAKPOINTS = 4
_TTLS = ("5m", "1h")


def validate_caching(body: dict[str, Any]) -> None:
    """Raises ApiError for breakpoints that the API would refuse; everything else is valid by now."""
    controls = [(where, control) for where, control in _controls(body) if control is not None]
    for where, control in controls:
        _validate_control(where, control)
    if len(controls) > MAX_BREAKPOINTS:
        raise invalid(
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {len(controls)}."
        )
    lasting = [control.get("ttl") == "1h" for _, control in controls]
    for (where, _), before, after in zip(controls[1:], lasting, lasting[1:], strict=False):
        if after and not before:
            raise invalid(
                f"{where}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
                "cache_control block. Note that blocks are processed in the following order: `tools`, "
                "`system`, `messages`."
            )


def _validate_control(where: str, control: Any) -> None:
    if not isinstance(control, dict) or control.get("type") != "ephemeral":
        raise invalid(f"{where}.cache_control.type: Input should be 'ephemeral'")
    if control.get("ttl") not in {None, *_TTLS}:
        raise invalid(f"{where}.cache_control.ttl: Input should be '5m' or '1h'")
    if extra := control.keys() - {"type", "ttl"}:
        raise invalid(f"{where}.cache_control.{min(extra)}: Extra inputs are not permitted")


def _controls(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What each thing that may carry a breakpoint has, in the order of the cached prefix."""
    for index, tool in enumerate(body.get("tools") or []):
        yield f"tools.{index}", tool.get("cache_control")
    system = body.get("system")
    for index, block in enumerate(system if isinstance(system, list) else []):
        yield f"system.{index}", block.get("cache_control")
    for number, message in enumerate(body["messages"]):
        for index, block in enumerate(blocks_of(message)):
            yield f"messages.{number}.content.{index}", block.get("cache_control")
    yield "body", body.get("cache_control")
