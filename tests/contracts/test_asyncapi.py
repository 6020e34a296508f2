"""The AsyncAPI document tells of every message, stream and consumer, and is current."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.contracts.asyncapi import document
from common.messaging.streams import CONSUMERS, STREAMS
from tests.contracts.test_golden import BY_TYPE

COMMITTED = Path(__file__).parents[2] / "docs" / "messages" / "asyncapi.json"


def test_the_committed_document_is_current() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "common.contracts.asyncapi"], capture_output=True, text=True, check=True
    )
    message = "run: python -m common.contracts.asyncapi > docs/messages/asyncapi.json"
    assert made.stdout == COMMITTED.read_text(encoding="utf-8"), message


def test_every_contract_is_in_it() -> None:
    messages = document()["components"]["messages"]
    assert {message["name"] for message in messages.values()} - {"overskill.dead-letter"} == BY_TYPE.keys()


def test_every_consumer_and_stream_is_in_it() -> None:
    made = document()
    durable = [item["x-consumer"]["durable"] for item in made["operations"].values() if "x-consumer" in item]
    assert sorted(durable) == sorted(consumer.name for consumer in CONSUMERS)
    kept = {item["x-jetstream"]["stream"] for item in made["channels"].values() if "x-jetstream" in item}
    assert kept == {stream.name for stream in STREAMS}


def test_who_works_and_who_hears_is_told_apart() -> None:
    operations = document()["operations"]
    assert operations["orchestratorSendsWorkBuildPreview"]["action"] == "send"
    assert operations["builderReceivesWorkBuildPreview"]["x-consumer"]["durable"] == "builder-preview"
    assert operations["deployerSendsEventsDeployerDeploymentFinished"]["action"] == "send"


def test_it_has_the_form_of_asyncapi_3() -> None:
    made = document()
    assert made["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= made["info"].keys()
    for channel in made["channels"].values():
        braces = {part.strip("{}") for part in channel["address"].split(".") if part.startswith("{")}
        assert braces == set(channel.get("parameters", {}))
        assert channel["messages"]
    for operation in made["operations"].values():
        assert operation["action"] in {"send", "receive"}
        for message in operation["messages"]:  # an operation may name only messages of its channel
            assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")


def test_every_reference_leads_somewhere() -> None:
    made = document()
    references = list(references_in(made))
    assert references
    for reference in references:
        target: Any = made
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def references_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references_in(inner)


def test_the_schema_takes_the_golden_form() -> None:
    # The rules that keep hostile names out of paths are part of what other readers get to know.
    schemas = json.loads(COMMITTED.read_text(encoding="utf-8"))["components"]["schemas"]
    requested = schemas["BuildRequested"]["properties"]
    assert requested["source_digest"]["pattern"] == "^[0-9a-f]{64}$"
    assert requested["app_id"]["pattern"] == "^[a-z][a-z0-9]{11}$"
