"""OpenAI's Images API: a small real picture for every prompt, and faults for those that ask for one."""

import json
import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dev.simulator.drawing import draw_png, draw_webp
from dev.simulator.exchange import read_body
from dev.simulator.log import LoggedRequest, RequestLog
from dev.simulator.wire.errors import ApiError, invalid
from dev.simulator.wire.openai.refusals import fields, missing, not_longer, one_of, typed
from dev.simulator.wire.openai.wire import OpenAIWire
from dev.simulator.wire.response import client_gone

_MOST_BODY = 1_000_000
_LONGEST_PROMPT = 32_000
_SIZES = {"1024x1024": (1024, 1024), "1536x1024": (1536, 1024), "1024x1536": (1024, 1536)}
_TOKENS = {"low": 300, "medium": 1_100, "high": 4_200}
_TYPES: dict[str, type] = {
    "background": str, "model": str, "moderation": str, "n": int, "output_compression": int,
    "output_format": str, "partial_images": int, "prompt": str, "quality": str, "safety_identifier": str,
    "size": str, "stream": bool, "user": str,
}  # fmt: skip
_CHOICES = {
    "background": ("transparent", "opaque", "auto"),
    "moderation": ("low", "auto"),
    "quality": ("low", "medium", "high", "auto"),
    "size": (*_SIZES, "auto"),
}
_DRAWN: Mapping[str, Callable[[int, int, str], bytes]] = {"png": draw_png, "webp": draw_webp}
_MODEL = re.compile(r"(?:gpt|chatgpt)-image-[\w.-]+")
_FAULT = re.compile(r"\[\[picture:([a-z-]+)\]\]")
_LARGE = 1_200_000
_BLOCKED = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us at "
    "help.openai.com and include the request ID."
)
_FAULTS = {
    "refused": invalid(_BLOCKED, code="moderation_blocked"),
    "quota": ApiError("billing_error", "You exceeded your current quota, please check your plan."),
    "forbidden": ApiError("authentication_error", "Incorrect API key provided (simulated)"),
    "busy": ApiError("rate_limit_error", "Rate limit reached (simulated)", headers={"retry-after": "0"}),
}
_ONCE = frozenset({"busy", "hang-once"})


class Painting:
    """Answers requests for pictures.

    A prompt may ask for a fault: `[[picture:refused]]`, `quota`, `forbidden`, `hang`, `garbage` (no base64),
    `large` (more than a file of an app may have); `busy` and `hang-once` only meet its first attempt.
    """

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._wire = OpenAIWire()

    async def answer(self, request: Request) -> Response:
        entry = self._log.add(LoggedRequest(vendor="openai"))
        started = time.monotonic()
        try:
            self._wire.authorise(request.headers)
            body = _validated(await read_body(request, _MOST_BODY))
            self._describe(entry, body)
            return JSONResponse(await self._made(request, entry, body), headers=self._wire.headers(entry.id))
        except ApiError as error:
            entry.error, entry.outcome = error.message, error.code or error.kind
            status, told = self._wire.error(error, entry.id)
            if error.code == "moderation_blocked":
                told["error"]["type"] = "image_generation_user_error"
            return JSONResponse(told, status, {**self._wire.headers(entry.id), **error.headers})
        finally:
            entry.milliseconds = round((time.monotonic() - started) * 1000, 3)

    def _describe(self, entry: LoggedRequest, body: dict[str, Any]) -> None:
        entry.model = body["model"]
        digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        entry.attempt = self._log.times(digest) + 1
        entry.sha256 = digest
        self._log.keep(entry, body)

    async def _made(self, request: Request, entry: LoggedRequest, body: dict[str, Any]) -> dict[str, Any]:
        found = _FAULT.search(body["prompt"])
        fault = found[1] if found and (found[1] not in _ONCE or entry.attempt == 1) else ""
        if fault in _FAULTS:
            raise _FAULTS[fault]
        if fault.startswith("hang"):
            entry.outcome = "fault:hang"
            await client_gone(request.receive)
        width, height = _SIZES.get(body.get("size", "auto"), _SIZES["1024x1024"])
        format_ = body.get("output_format", "png")
        content = _DRAWN[format_](width, height, body["prompt"])
        if fault == "large":
            content = _padded(content)
        entry.outcome = "picture"
        entry.usage = _usage(body)
        data = "no base64!" if fault == "garbage" else b64encode(content).decode()
        return {
            "created": int(time.time()), "background": "opaque", "data": [{"b64_json": data}],
            "output_format": format_, "quality": body.get("quality", "auto"), "size": f"{width}x{height}",
            "usage": entry.usage,
        }  # fmt: skip


def _validated(received: Any) -> dict[str, Any]:
    """The request's body, or ApiError. A parameter that is null counts as left out."""
    if not isinstance(received, dict):
        raise invalid("We could not parse the JSON body of your request: an object was expected.")
    body = {name: value for name, value in received.items() if value is not None}
    fields(body, {}, _TYPES, "")
    for name, value in body.items():
        typed(value, _TYPES[name], name)
    for name in ("prompt", "model"):  # without a model the API takes one that the simulator does not choose
        if not body.get(name):
            raise missing(name)
    if not _MODEL.fullmatch(body["model"]):
        told = f"The model '{body['model']}' does not exist."
        raise invalid(told, "model", "invalid_value")
    not_longer(body["prompt"], _LONGEST_PROMPT, "prompt")
    for name, choices in {**_CHOICES, "output_format": tuple(_DRAWN)}.items():
        if name in body:
            one_of(body[name], choices, name)
    _validate_numbers(body)
    return body


def _validate_numbers(body: dict[str, Any]) -> None:
    if body.get("n", 1) != 1 or body.get("stream") or body.get("partial_images"):
        raise invalid("The simulator makes one picture at a time and does not stream it.", "n")
    compression = body.get("output_compression", 100)
    if not 0 <= compression <= 100:
        raise invalid(
            f"Invalid 'output_compression': expected a value from 0 to 100, but got {compression}.",
            "output_compression", "invalid_value",
        )  # fmt: skip
    if compression != 100 and body.get("output_format", "png") == "png":
        raise invalid(
            "Compression less than 100 is not supported for PNG output format.", "output_compression"
        )


def _usage(body: dict[str, Any]) -> dict[str, Any]:
    """Words are characters / 4; what pictures cost does not depend on what is drawn."""
    words = max(1, len(body["prompt"]) // 4)
    made = _TOKENS.get(body.get("quality", "auto"), _TOKENS["medium"])
    return {
        "input_tokens": words, "output_tokens": made, "total_tokens": words + made,
        "input_tokens_details": {"text_tokens": words, "image_tokens": 0},
        "output_tokens_details": {"text_tokens": 0, "image_tokens": made},
    }  # fmt: skip


def _padded(content: bytes) -> bytes:
    """A WebP with a chunk at its end that readers pass over."""
    more = b"JUNK" + _LARGE.to_bytes(4, "little") + bytes(_LARGE)
    return content[:4] + (len(content) - 8 + len(more)).to_bytes(4, "little") + content[8:] + more
