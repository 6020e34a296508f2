"""The YAML format of a script, checked when it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

import yaml

from dev.simulator.turn import Fault, FaultKind, Vendor
from dev.simulator.wire.errors import KINDS

_WHEN = ("request", "answers", "error_recovery", "condensed", "naming", "choosing")
_FAULT_KEYS = frozenset(field.name for field in fields(Fault))


class ScriptError(ValueError):
    """A script cannot be used; the message names the file and the place."""


@dataclass(frozen=True)
class ScriptedCall:
    """`raw` is sent as the input's JSON as it stands."""

    name: str
    arguments: Mapping[str, Any]
    raw: str | None = None


@dataclass(frozen=True)
class ScriptedTurn:
    text: str = ""
    thinking: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    stop: str | None = None
    delay_ms: int = 0
    tokens_per_second: float = 0.0  # 0: the simulator's own setting
    fault: Fault | None = None
    blueprint: bool = False  # the answer comes from the blueprint; delay and fault from here
    unlimited: bool = False  # more than the request's max_tokens
    empty: bool = False  # an answer without any content


_TURN_KEYS = frozenset(field.name for field in fields(ScriptedTurn))


@dataclass(frozen=True)
class Section:
    """Turns after the request, after the answers to questions, after a failed build's message, in a
    conversation that goes on anew, or for the requests for the app's name and its template.

    `when`: request, answers, error_recovery, condensed, naming or choosing.
    """

    turns: tuple[ScriptedTurn, ...]
    when: str = "request"
    attempt: int | None = None  # None: every attempt
    then: str = "blueprint"  # after the turns: blueprint, or repeat the last one


@dataclass(frozen=True)
class Script:
    name: str
    description: str
    sections: tuple[Section, ...]
    context_tokens: int | None = None  # what the model reads; None: the simulator's own setting

    def section(self, when: str, attempt: int | None) -> Section | None:
        for section in self.sections:
            if section.when == when and section.attempt in {None, attempt}:
                return section
        return None


def load_script(path: Path) -> Script:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScriptError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("sections"), list):
        raise ScriptError(f"{path}: a script is a mapping with a list `sections`")
    sections = tuple(_section(item, f"{path}: sections[{i}]") for i, item in enumerate(data["sections"]))
    return Script(path.stem, str(data.get("description", "")), sections, data.get("context_tokens"))


def _section(data: Any, where: str) -> Section:
    if not isinstance(data, dict) or not isinstance(data.get("turns"), list) or not data["turns"]:
        raise ScriptError(f"{where}: a section has a list `turns` with at least one turn")
    when = data.get("when", "request")
    then = data.get("then", "blueprint")
    if when not in _WHEN:
        raise ScriptError(f"{where}.when: is one of {', '.join(_WHEN)}, not {when!r}")
    if then not in {"blueprint", "repeat"}:
        raise ScriptError(f"{where}.then: is blueprint or repeat, not {then!r}")
    turns = tuple(
        _turn(turn, f"{where}.turns[{index}]")
        for index, item in enumerate(data["turns"])
        for turn in _repeated(item, f"{where}.turns[{index}]")
    )
    return Section(turns, when, data.get("attempt"), then)


def _repeated(data: Any, where: str) -> list[dict[str, Any]]:
    """`times: 5` stands for five equal turns."""
    if not isinstance(data, dict):
        raise ScriptError(f"{where}: a turn is a mapping")
    return [{key: value for key, value in data.items() if key != "times"}] * int(data.get("times", 1))


def _turn(data: dict[str, Any], where: str) -> ScriptedTurn:
    unknown = set(data) - _TURN_KEYS
    if unknown:
        raise ScriptError(f"{where}: unknown keys {sorted(unknown)}; known are {sorted(_TURN_KEYS)}")
    return ScriptedTurn(
        text=str(data.get("text", "")),
        thinking=str(data.get("thinking", "")),
        calls=tuple(_call(item, f"{where}.calls") for item in data.get("calls", [])),
        stop=data.get("stop"),
        delay_ms=int(data.get("delay_ms", 0)),
        tokens_per_second=float(data.get("tokens_per_second", 0)),
        fault=_fault(data["fault"], f"{where}.fault") if "fault" in data else None,
        blueprint=bool(data.get("blueprint", False)),
        unlimited=bool(data.get("unlimited", False)),
        empty=bool(data.get("empty", False)),
    )


def _call(data: Any, where: str) -> ScriptedCall:
    """`- create_file: {path: …}`; a string instead of the mapping is sent as raw JSON."""
    if not isinstance(data, dict) or len(data) != 1:
        raise ScriptError(f"{where}: a call is one tool name with its arguments")
    name, arguments = next(iter(data.items()))
    if isinstance(arguments, str):
        return ScriptedCall(name, {}, arguments)
    if not isinstance(arguments, dict):
        raise ScriptError(f"{where}: the arguments of {name} are a mapping, or a string of raw JSON")
    return ScriptedCall(name, arguments)


def _fault(data: Any, where: str) -> Fault:
    unknown = set(data) - _FAULT_KEYS if isinstance(data, dict) else {"not a mapping"}
    if unknown:
        raise ScriptError(f"{where}: unknown keys {sorted(unknown)}; known are {sorted(_FAULT_KEYS)}")
    known: dict[str, tuple[str | None, ...]] = {
        "kind": get_args(FaultKind),
        "vendor": (*get_args(Vendor), None),
    }
    if data.get("kind") == "refusal":
        known["error"] = KINDS
    for key, values in known.items():
        if data.get(key, getattr(Fault, key, None)) not in values:
            raise ScriptError(f"{where}.{key}: is one of {', '.join(filter(None, values))}")
    return Fault(**data)
