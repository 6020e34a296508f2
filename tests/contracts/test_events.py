"""Public events as they were once told stay readable: golden files are added, never changed."""

import json
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from common.contracts.events import APP_EVENT, AppEvent
from tests.contracts.test_golden import load, with_extras

FILES = sorted((Path(__file__).parent / "events").glob("*.json"))
EVENTS: dict[str, type[BaseModel]] = {
    event.model_fields["type"].default: event
    for event in typing.get_args(typing.get_args(AppEvent.__value__)[0])
}


def test_every_event_has_a_golden_file_with_all_of_its_fields() -> None:
    shown = {path.stem: load(path).keys() for path in FILES}
    assert shown == {name: event.model_fields.keys() for name, event in EVENTS.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_event_is_read_and_written_unchanged(path: Path) -> None:
    golden = load(path)
    event = APP_EVENT.validate_python(golden)
    assert type(event) is EVENTS[path.stem]
    assert json.loads(event.model_dump_json()) == golden


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fields_of_a_later_version_are_ignored(path: Path) -> None:
    golden = load(path)
    assert APP_EVENT.validate_python(with_extras(golden)) == APP_EVENT.validate_python(golden)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_sent_has_every_field(path: Path) -> None:
    """Clients generated from the schema need not ask whether a field is there."""
    schema = EVENTS[path.stem].model_json_schema(mode="serialization")
    assert set(schema["required"]) == EVENTS[path.stem].model_fields.keys()
