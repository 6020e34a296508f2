"""The body of a request to the Anthropic Messages API, by what the model takes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.clients.model.protocol import CacheLifetime, Effort, ModelRequest
from orchestrator.domain.turns import OPENAI

_CACHED = "cache_control"
_CLAUDE = re.compile(r"(?:^|[./])claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?!\d)")
_ADAPTIVE_SINCE = (4, 6)
"""The first version of every family that decides by itself how much to think, and takes an effort."""


def parameters(
    request: ModelRequest, effort: Effort | None = None, lifetime: CacheLifetime = "5m"
) -> dict[str, Any]:
    """The request's body. No sampling parameters and no forced tool: the vendor refuses both.

    Thinking is asked for in summaries where there is any: by default newer models say nothing while they
    think. Models that are not known are asked for neither thinking nor effort.
    """
    cached = {"type": "ephemeral"} if lifetime == "5m" else {"type": "ephemeral", "ttl": lifetime}
    system = {"type": "text", "text": request.system, _CACHED: cached}
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": [system],
        "messages": [
            {**message, "content": _own(message["content"], cached)} for message in request.messages
        ],
    }
    if request.tools:
        body["tools"] = list(request.tools)
    if _thinks(request.model):
        body["thinking"] = {"type": "adaptive", "display": "summarized"}
        if effort is not None:
            body["output_config"] = {"effort": effort}
    if request.metadata:
        body["metadata"] = dict(request.metadata)
    return body


def _own(
    content: str | Sequence[Mapping[str, Any]], cached: Mapping[str, str]
) -> str | list[Mapping[str, Any]]:
    """Without what another vendor has written for itself alone: its thinking, its marks on other blocks."""
    if isinstance(content, str):
        return content
    kept = [block for block in content if OPENAI not in block or block["type"] != "thinking"]
    return [_block(block, cached) if {OPENAI, _CACHED} & block.keys() else block for block in kept]


def _block(block: Mapping[str, Any], cached: Mapping[str, str]) -> Mapping[str, Any]:
    own = {key: value for key, value in block.items() if key != OPENAI}
    return {**own, _CACHED: cached} if _CACHED in own else own


def _thinks(model: str) -> bool:
    named = _CLAUDE.search(model)
    return named is not None and (int(named[1]), int(named[2] or 0)) >= _ADAPTIVE_SINCE
