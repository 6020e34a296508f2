"""Public events as they were once told stay readable: golden files are added, never changed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from common.contracts.asyncapi_events import EVENT_MODELS, document
from common.contracts.events import APP_EVENT
from tests.contracts.test_asyncapi import references_in
from tests.contracts.test_golden import load, with_extras

FILES = sorted((Path(__file__).parent / "events").glob("*.json"))
COMMITTED = Path(__file__).parents[2] / "docs" / "messages" / "events.json"


def test_every_event_has_a_golden_file_with_all_of_its_fields() -> None:
    shown = {path.stem: load(path).keys() for path in FILES}
    assert shown == {name: event.model_fields.keys() for name, event in EVENT_MODELS.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_event_is_read_and_written_unchanged(path: Path) -> None:
    golden = load(path)
    event = APP_EVENT.validate_python(golden)
    assert type(event) is EVENT_MODELS[path.stem]
    assert json.loads(event.model_dump_json()) == golden


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fields_of_a_later_version_are_ignored(path: Path) -> None:
    golden = load(path)
    assert APP_EVENT.validate_python(with_extras(golden)) == APP_EVENT.validate_python(golden)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_sent_has_every_field(path: Path) -> None:
    """Clients generated from the schema need not ask whether a field is there."""
    schema = EVENT_MODELS[path.stem].model_json_schema(mode="serialization")
    assert set(schema["required"]) == EVENT_MODELS[path.stem].model_fields.keys()


def test_the_committed_document_is_current() -> None:
    command = [sys.executable, "-m", "common.contracts.asyncapi_events"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    message = "run: python -m common.contracts.asyncapi_events > docs/messages/events.json"
    assert made.stdout == COMMITTED.read_text(encoding="utf-8"), message


def test_the_document_has_every_event_and_leads_somewhere() -> None:
    made = document()
    assert {message["name"] for message in made["components"]["messages"].values()} == EVENT_MODELS.keys()
    assert made["components"]["schemas"]["AppEvent"]["discriminator"]["mapping"].keys() == EVENT_MODELS.keys()
    for reference in references_in(made):
        target: Any = made
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
