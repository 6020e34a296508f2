"""The AsyncAPI 3.0 document of an app's event stream, for generating clients.

`python -m common.contracts.asyncapi_events > docs/messages/events.json` renews the committed one.
"""

import json
import sys
import typing
from typing import Any

from pydantic import BaseModel

from common.contracts.events import APP_EVENT, AppEvent

Json = dict[str, Any]

EVENT_MODELS: dict[str, type[BaseModel]] = {
    model.model_fields["type"].default: model
    for model in typing.get_args(typing.get_args(AppEvent.__value__)[0])
}
"""Every public event's model by its type."""

_DESCRIPTION = """\
Server-sent events over HTTP: `event` is the type, `data` the JSON below, `id` the number of a stored event, \
from which `Last-Event-ID` or `?after=` goes on. Events without an `id` are live only: one may be missed, \
and what they lead to is stored. Fields and types are only ever added: readers ignore what they do not \
know."""


def document() -> Json:
    """The document as it is committed: the client's view, which only receives."""
    schema = APP_EVENT.json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas: Json = schema.pop("$defs")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "OverSkill app events", "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": "/v1/apps/{app_id}/events",
                "parameters": {"app_id": {}},
                "messages": {
                    model.__name__: {"$ref": f"#/components/messages/{model.__name__}"}
                    for model in EVENT_MODELS.values()
                },
                "bindings": {"http": {}},
            }
        },
        "operations": {
            "followApp": {
                "action": "receive",
                "channel": {"$ref": "#/channels/events"},
                "bindings": {"http": {"method": "GET"}},
            }
        },
        "components": {
            "messages": {model.__name__: _message(name, model) for name, model in EVENT_MODELS.items()},
            "schemas": {"AppEvent": schema, **schemas},
        },
    }


def _message(name: str, model: type[BaseModel]) -> Json:
    return {
        "name": name,
        "title": model.__name__,
        "summary": (model.__doc__ or "").split("\n", maxsplit=1)[0],
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2) + "\n")
