"""The frames of a streamed answer, whole or broken by a fault."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from dev.simulator.turn import Fault
from dev.simulator.wire.answer import PACED_CHUNK
from dev.simulator.wire.prompt import CHARS_PER_TOKEN

Ending = Literal["complete", "hang", "pings", "abort"]


class Frame(NamedTuple):
    """A server-sent event; `delta`: a piece of a block, which takes its time when the stream has a rate."""

    data: bytes
    delta: bool = False


@dataclass(frozen=True)
class Frames:
    """A whole answer: `bounds[n]` is the number of frames up to the end of block n, `opening` before any."""

    frames: Sequence[Frame]
    bounds: Sequence[int]
    opening: int


@dataclass(frozen=True)
class Stream:
    """`pause`: seconds before each delta."""

    frames: Sequence[Frame]
    ending: Ending
    outcome: str
    pause: float = 0.0


def frame(event: str, data: dict[str, Any], *, delta: bool = False) -> Frame:
    return Frame(f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode(), delta)


def stream(whole: Frames, outcome: str, rate: float) -> Stream:
    """The whole response; `rate` in tokens a second, 0: as fast as it goes."""
    return Stream(whole.frames, "complete", outcome, PACED_CHUNK / CHARS_PER_TOKEN / rate if rate else 0.0)


def broken(whole: Frames, fault: Fault, error: Frame, pause: float) -> Stream:
    """The response as the fault leaves it; `error` is what an error in mid-stream looks like."""
    outcome = f"fault:{fault.kind}"
    frames, bounds = list(whole.frames), whole.bounds
    after = min(fault.after_blocks or 0, len(bounds))
    end = bounds[after - 1] if after else whole.opening
    if fault.kind in {"error_event", "failed"}:
        return Stream([*frames[:end], error], "complete", outcome, pause)
    if fault.kind == "malformed":
        torn = frames[end]._replace(data=frames[end].data.rstrip()[:-1] + b"\n\n")
        return Stream([*frames[:end], torn, *frames[end + 1 :]], "complete", outcome, pause)
    if fault.kind == "hang":
        return Stream(frames[:end], "hang", outcome, pause)
    if fault.kind == "pings":
        return Stream(frames[:end], "pings", outcome, pause)
    kept = frames[:end]
    if fault.after_bytes is not None:
        kept = [Frame(b"".join(one.data for one in frames)[: fault.after_bytes])]
    elif after < len(bounds):  # inside the next block: its start and half of its deltas were sent
        kept = frames[: end + max(1, (bounds[after] - end) // 2)]
    return Stream(kept, "complete" if fault.clean else "abort", outcome, pause)
