"""Messages as they were once sent stay readable: golden files are added, never changed."""

import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import common.contracts
from common.contracts import Contract

GOLDEN = Path(__file__).parent / "golden"
CONTRACTS: list[type[Contract]] = [
    thing
    for name in common.contracts.__all__
    if isinstance(thing := getattr(common.contracts, name), type)
    and issubclass(thing, Contract)
    and thing is not Contract
]
BY_TYPE = {contract.type: contract for contract in CONTRACTS}
FILES = sorted(GOLDEN.glob("*/*.json"))


def load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_types_are_unique_and_name_their_version() -> None:
    assert len(BY_TYPE) == len(CONTRACTS)
    for name in BY_TYPE:
        assert name.startswith("overskill.")
        assert name.rsplit(".", 1)[1].removeprefix("v").isdigit()


def test_no_golden_file_is_left_behind_by_its_contract() -> None:
    # A contract that is gone may still be in a stream: it goes a release after its last sender.
    assert {path.parent.name for path in FILES} == BY_TYPE.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_message_is_read_and_written_unchanged(path: Path) -> None:
    contract, golden = BY_TYPE[path.parent.name], load(path)
    message = contract.model_validate_json(path.read_bytes())
    assert json.loads(message.model_dump_json(exclude_unset=True)) == golden
    # What the sender leaves out, the receiver gets as the default, and the other way round.
    assert contract.model_validate_json(message.model_dump_json()) == message


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fields_of_a_later_version_are_ignored(path: Path) -> None:
    contract = BY_TYPE[path.parent.name]
    later = json.dumps(with_extras(load(path)))
    assert contract.model_validate_json(later) == contract.model_validate(load(path))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_field_is_set_in_some_golden_message(contract: type[Contract]) -> None:
    shown: set[str] = set()
    for path in (GOLDEN / contract.type).glob("*.json"):
        shown |= set(paths_of(load(path)))
    missing = {path for path in fields_of(contract) if path not in shown}
    assert not missing


@pytest.mark.parametrize("contract", CONTRACTS)
def test_no_required_field_was_added(contract: type[Contract]) -> None:
    required = {name for name, field in contract.model_fields.items() if field.is_required()}
    for path in (GOLDEN / contract.type).glob("*.json"):
        assert required <= load(path).keys()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_message_lacking_a_required_field_is_refused(contract: type[Contract]) -> None:
    golden = load(GOLDEN / contract.type / "full.json")
    for name, field in contract.model_fields.items():
        if field.is_required():
            with pytest.raises(ValidationError):
                contract.model_validate({key: value for key, value in golden.items() if key != name})


WRONG = {
    "app_id": [
        "",
        "9abcdefghijk",
        "Abcdefghijkl",
        "abcdefghijk",
        "abcdefghijklm",
        "abcdefghijk-",
        "abcdefghijkl\n",
    ],
    "digest": ["", "9F" * 32, "9f" * 31, "9f" * 33, "zz" * 32, "9f" * 32 + "\n", "../" + "9f" * 32],
    "id": [
        "",
        "run",
        "run_",
        "run_01K8M2X3Y4Z5A6B7C8D9E0F1G3",
        "r_" + "0" * 26,
        "run_" + "0" * 25,
        "run-" + "0" * 26,
    ],
}
KIND = {
    "source_digest": "digest",
    "artifact_digest": "digest",
    "artifact": "digest",
    "app_id": "app_id",
} | dict.fromkeys(
    ("run_id", "build_id", "team_id", "deployment_id", "rollback_of", "replaced", "superseded_by"), "id"
)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_ids_and_digests_are_checked(contract: type[Contract]) -> None:
    golden = load(GOLDEN / contract.type / "full.json")
    for name in contract.model_fields.keys() & KIND.keys():
        if isinstance(golden.get(name), dict):
            continue
        for wrong in WRONG[KIND[name]]:
            with pytest.raises(ValidationError):
                contract.model_validate({**golden, name: wrong})


LOG_LINE = load(GOLDEN / "overskill.live.app.event.v2" / "log_line.json")["event"]


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [
        ("overskill.work.build.requested.v2", "template", "vite-react"),
        ("overskill.work.build.requested.v2", "template", "../x@1.0.0"),
        ("overskill.work.build.requested.v2", "mode", "debug"),
        ("overskill.events.builder.build.finished.v2", "state", "queued"),
        ("overskill.events.builder.build.finished.v2", "duration_ms", -1),
        ("overskill.events.builder.build.finished.v2", "artifact", {"digest": "x"}),
        ("overskill.events.deployer.deployment.finished.v2", "state", "pending"),
        ("overskill.work.deploy.requested.v1", "environment", "test"),
        ("overskill.work.deploy.requested.v1", "version", -1),
        ("overskill.live.app.event.v2", "event", {**LOG_LINE, "number": 0}),
        ("overskill.live.app.event.v2", "event", {**LOG_LINE, "stream": "stdout"}),
        ("overskill.events.orchestrator.run.finished.v2", "state", "queued"),
    ],
)
def test_values_outside_the_contract_are_refused(name: str, field: str, wrong: object) -> None:
    golden = load(GOLDEN / name / "full.json")
    with pytest.raises(ValidationError):
        BY_TYPE[name].model_validate({**golden, field: wrong})


def with_extras(value: Any) -> Any:
    """The message as a later version might send it: with a field more in every object of ours."""
    if isinstance(value, dict):
        return {
            **{key: with_extras(inner) for key, inner in value.items()},
            "later": 1,
        }
    return [with_extras(item) for item in value] if isinstance(value, list) else value


def paths_of(value: Any, prefix: str = "") -> Iterator[str]:
    """Every field of a message that has a value, dotted."""
    if isinstance(value, list):
        for item in value:
            yield from paths_of(item, prefix)
    if isinstance(value, dict):
        for key, inner in value.items():
            if inner is not None:
                yield prefix + key
                yield from paths_of(inner, f"{prefix}{key}.")


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner in models_in(field.annotation):
            yield from fields_of(inner, f"{prefix}{name}.")


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from models_in(argument)
