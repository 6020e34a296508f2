"""Refuses requests that the real Responses API refuses, with its codes and messages close to its own."""

from typing import Any

from dev.simulator.wire.errors import ApiError, invalid
from dev.simulator.wire.openai import models
from dev.simulator.wire.openai.items import validate_input
from dev.simulator.wire.openai.refusals import fields, missing, not_longer, one_of, typed, unsupported
from dev.simulator.wire.openai.tools import validate_choice, validate_tools

_LEAST_TOKENS = 16
_KEY_LENGTH = 64
_MOST_METADATA = 16
_METADATA_LENGTH = 512
_TYPES: dict[str, type] = {
    "background": bool, "include": list, "instructions": str, "max_output_tokens": int,
    "max_tool_calls": int, "metadata": dict, "model": str, "parallel_tool_calls": bool,
    "prompt_cache_key": str, "prompt_cache_options": dict, "prompt_cache_retention": str,
    "reasoning": dict, "safety_identifier": str, "service_tier": str, "store": bool, "stream": bool,
    "stream_options": dict, "text": dict, "tools": list, "top_logprobs": int, "truncation": str, "user": str,
}  # fmt: skip
_OTHERS = ("input", "tool_choice", "temperature", "top_p", "previous_response_id", "conversation", "prompt")
_INCLUDES = (
    "reasoning.encrypted_content", "message.input_image.image_url", "message.output_text.logprobs",
    "file_search_call.results", "web_search_call.action.sources", "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
)  # fmt: skip
_CHOICES = {
    "service_tier": ("auto", "default", "flex", "fast", "priority", "scale", "ultrafast"),
    "truncation": ("auto", "disabled"),
    "prompt_cache_retention": ("in_memory", "24h"),
}
_SUMMARIES = ("auto", "concise", "detailed")


def validate(received: Any) -> dict[str, Any]:
    """The request body, or ApiError. A parameter that is null counts as left out."""
    if not isinstance(received, dict):
        raise invalid("We could not parse the JSON body of your request: an object was expected.")
    body: dict[str, Any] = {name: value for name, value in received.items() if value is not None}
    fields(body, {}, (*_TYPES, *_OTHERS), "")
    for name, kind in _TYPES.items():
        if name in body:
            typed(body[name], kind, name)
    if not body.get("model"):
        raise missing("model")
    models.known(body["model"])
    _validate_state(body)
    _validate_parameters(body)
    _validate_reasoning(body)
    _validate_metadata(body.get("metadata") or {})
    validate_tools(body.get("tools") or [])
    validate_choice(body.get("tool_choice"), body.get("tools") or [])
    if "input" not in body:
        raise missing("input")
    validate_input(body["input"], stored=body.get("store", True))
    return body


def _validate_state(body: dict[str, Any]) -> None:
    """The simulator keeps no answers, so it knows none of those that a request may name."""
    if "previous_response_id" in body:
        found = body["previous_response_id"]
        raise invalid(
            f"Previous response with id '{found}' not found.",
            "previous_response_id",
            "previous_response_not_found",
        )
    for name in ("conversation", "prompt"):
        if name in body:
            raise invalid(f"The simulator keeps nothing that `{name}` could name.", name)
    if body.get("background"):
        raise invalid("The simulator does not answer in the background.", "background")


def _validate_parameters(body: dict[str, Any]) -> None:
    limit = body.get("max_output_tokens", models.MOST_TOKENS)
    if limit < _LEAST_TOKENS:
        raise _out_of_range("below minimum", f">= {_LEAST_TOKENS}", limit, "integer_below_min_value")
    if limit > models.MOST_TOKENS:
        raise _out_of_range("above maximum", f"<= {models.MOST_TOKENS}", limit, "integer_above_max_value")
    for name, choices in _CHOICES.items():
        if name in body:
            one_of(body[name], choices, name)
    for index, value in enumerate(body.get("include", [])):
        one_of(value, _INCLUDES, f"include[{index}]")
    for name in ("prompt_cache_key", "safety_identifier"):
        if name in body:
            not_longer(body[name], _KEY_LENGTH, name)
    if "stream_options" in body and not body.get("stream"):
        raise invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )


def _out_of_range(word: str, bound: str, limit: int, code: str) -> ApiError:
    return invalid(
        f"Invalid 'max_output_tokens': integer {word} value. Expected a value {bound}, but got "
        f"{limit} instead.",
        "max_output_tokens",
        code,
    )


def _validate_reasoning(body: dict[str, Any]) -> None:
    """Effort and summary of models that reason, sampling parameters of those that do not."""
    reasoning = body.get("reasoning")
    if not models.reasons(body["model"]):
        if reasoning:
            raise unsupported("reasoning.effort" if "effort" in reasoning else "reasoning")
        return
    for name in ("temperature", "top_p", "top_logprobs"):
        if name in body:
            raise unsupported(name)
    if reasoning is None:
        return
    fields(reasoning, {}, ("context", "effort", "generate_summary", "mode", "summary"), "reasoning")
    if reasoning.get("effort") is not None:
        one_of(reasoning["effort"], models.EFFORTS, "reasoning.effort")
        if reasoning["effort"] not in models.efforts(body["model"]):
            known = ", ".join(f"'{one}'" for one in models.efforts(body["model"]))
            raise invalid(
                f"Unsupported value: '{reasoning['effort']}' is not supported with the '{body['model']}' "
                f"model. Supported values are: {known}.",
                "reasoning.effort",
                "unsupported_value",
            )
    if reasoning.get("summary") is not None:
        one_of(reasoning["summary"], _SUMMARIES, "reasoning.summary")


def _validate_metadata(metadata: dict[str, Any]) -> None:
    if len(metadata) > _MOST_METADATA:
        raise invalid(
            f"Invalid 'metadata': too many properties. Expected an object with at most {_MOST_METADATA}.",
            "metadata",
            "object_above_max_properties",
        )
    for name, value in metadata.items():
        not_longer(name, _KEY_LENGTH, "metadata")
        not_longer(value, _METADATA_LENGTH, f"metadata.{name}")
