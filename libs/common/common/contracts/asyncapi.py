"""The AsyncAPI 3.0 document of all messages.

`python -m common.contracts.asyncapi > docs/messages/asyncapi.json` renews the committed one.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

from pydantic.json_schema import models_json_schema

from common.contracts import (
    BudgetAlerted,
    BuildFinished,
    BuildRequested,
    BuildStarted,
    Contract,
    DataUsageRecorded,
    DeploymentFinished,
    DeploymentProgressed,
    DeployRequested,
    LiveEvent,
    PagesChecked,
    RunFinished,
    RunRequested,
)
from common.messaging import streams
from common.messaging.streams import CONSUMERS, STREAMS, Consumer

Json = dict[str, Any]


@dataclass(frozen=True)
class Channel:
    """A subject with its contract. Who receives over JetStream is read from the declared consumers."""

    subject: str
    contract: type[Contract]
    sender: str
    live_receiver: str | None = None


CHANNELS = (
    Channel(streams.RUN_SUBJECT, RunRequested, "orchestrator"),
    *(Channel(subject, BuildRequested, "orchestrator") for subject in streams.BUILD_SUBJECTS.values()),
    Channel(streams.DEPLOY_SUBJECT, DeployRequested, "orchestrator"),
    Channel(streams.BUILD_STARTED_SUBJECT, BuildStarted, "builder"),
    Channel(streams.BUILD_FINISHED_SUBJECT, BuildFinished, "builder"),
    Channel(streams.PAGES_CHECKED_SUBJECT, PagesChecked, "builder"),
    Channel(streams.DEPLOYMENT_PROGRESSED_SUBJECT, DeploymentProgressed, "deployer"),
    Channel(streams.DEPLOYMENT_FINISHED_SUBJECT, DeploymentFinished, "deployer"),
    Channel(streams.RUN_FINISHED_SUBJECT, RunFinished, "orchestrator"),
    Channel(streams.BUDGET_ALERT_SUBJECT, BudgetAlerted, "orchestrator"),
    Channel(streams.DATA_USAGE_SUBJECT, DataUsageRecorded, "data"),
    Channel(streams.build_log_subject("{build_id}"), LiveEvent, "builder", "orchestrator"),
    Channel(streams.live_subject("{app_id}"), LiveEvent, "orchestrator", "orchestrator"),
)

_DESCRIPTION = """\
CloudEvents 1.0 over NATS in binary mode: the attributes are headers, the body is JSON. Streams deliver at \
least once; `ce-id` tells repetitions. Fields are only ever added: readers ignore what they do not know."""

_HEADERS: Json = {
    "type": "object",
    "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "traceparent"],
    "properties": {
        "Nats-Msg-Id": {"type": "string", "description": "The same as ce-id: JetStream drops repetitions"},
        "ce-specversion": {"const": "1.0"},
        "ce-id": {"type": "string"},
        "ce-type": {"type": "string", "description": "Ends in the contract's major version"},
        "ce-source": {"type": "string", "description": "The service that sent it"},
        "ce-time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
    },
}
_DEAD_LETTER: Json = {
    "name": "overskill.dead-letter",
    "title": "DeadLetter",
    "summary": "A message as it came, with the reason why its consumer gave it up.",
    "headers": {
        "type": "object",
        "required": ["overskill-reason", "overskill-subject", "overskill-attempts"],
        "properties": {
            "overskill-reason": {"type": "string", "description": "code: message"},
            "overskill-subject": {"type": "string", "description": "Where it was published"},
            "overskill-attempts": {"type": "string", "description": "How often it was delivered"},
        },
    },
    "payload": {},
}


def document() -> Json:
    """The AsyncAPI 3.0 document of every message, as `docs/messages/asyncapi.json` keeps it."""
    contracts = sorted({channel.contract for channel in CHANNELS}, key=lambda contract: contract.__name__)
    _, schemas = models_json_schema(
        [(contract, "validation") for contract in contracts], ref_template="#/components/schemas/{model}"
    )
    channels = {_name(channel.subject): _channel(channel) for channel in CHANNELS}
    operations: Json = {}
    for channel in CHANNELS:
        operations |= _operations(channel)
    messages = {contract.__name__: _message(contract) for contract in contracts}
    dead: Json = {
        "address": "dlq.{consumer}",
        "description": "What the consumers gave up.",
        "parameters": {"consumer": {"enum": [consumer.name for consumer in CONSUMERS]}},
        "messages": {"DeadLetter": {"$ref": "#/components/messages/DeadLetter"}},
        **_jetstream("dlq.any"),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "OverSkill messages", "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {**channels, "deadLetters": dead},
        "operations": operations,
        "components": {
            "messages": {**messages, "DeadLetter": _DEAD_LETTER},
            "messageTraits": {"cloudEvent": {"headers": _HEADERS}},
            "schemas": schemas["$defs"],
        },
    }


def _name(subject: str) -> str:
    return "".join(part.capitalize() for part in subject.split(".") if "{" not in part)


def _channel(channel: Channel) -> Json:
    name = channel.contract.__name__
    found: Json = {
        "address": channel.subject,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        **_jetstream(channel.subject),
    }
    parameters = [part.strip("{}") for part in channel.subject.split(".") if part.startswith("{")]
    if parameters:
        found["parameters"] = {parameter: {} for parameter in parameters}
        found["description"] = "Core NATS: whoever does not listen misses it."
    return found


def _jetstream(subject: str) -> Json:
    for stream in STREAMS:
        if any(subject.startswith(pattern.removesuffix(">")) for pattern in stream.subjects):
            kept = {"retention": stream.retention, "maxAgeSeconds": stream.max_age}
            return {"x-jetstream": {"stream": stream.name, **kept}}
    return {}


def _operations(channel: Channel) -> Json:
    name = _name(channel.subject)
    refers: Json = {
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{channel.contract.__name__}"}],
    }
    found = {f"{channel.sender}Sends{name}": {"action": "send", **refers}}
    if channel.live_receiver:
        found[f"{channel.live_receiver}Receives{name}"] = {"action": "receive", **refers}
    for consumer in CONSUMERS:
        if consumer.subject == channel.subject:
            receiver = consumer.name.split("-")[0]
            operation = {"action": "receive", **refers, "x-consumer": _consumer(consumer)}
            found[f"{receiver}Receives{name}"] = operation
    return found


def _consumer(consumer: Consumer) -> Json:
    return {
        "durable": consumer.name,
        "ackWaitSeconds": consumer.ack_wait,
        "maxFailures": consumer.max_failures,
        "patienceSeconds": consumer.patience,
    }


def _message(contract: type[Contract]) -> Json:
    return {
        "name": contract.type,
        "title": contract.__name__,
        "summary": (contract.__doc__ or "").split("\n", maxsplit=1)[0],
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"#/components/schemas/{contract.__name__}"},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2) + "\n")
