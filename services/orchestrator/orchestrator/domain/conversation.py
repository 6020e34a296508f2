"""The conversation with the model: how it opens, how it is replayed, and what to do after a turn."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from common.contracts.source import lock_reason
from common.errors import AppError
from orchestrator.domain.prompt import SYSTEM_PROMPT
from orchestrator.domain.turns import Block, StoredTurn
from orchestrator.errors import ModelGaveUp, ModelRefused, TurnLimitReached

__all__ = [
    "CACHE_CONTROL",
    "MAX_NUDGES",
    "SYSTEM_PROMPT",
    "NextStep",
    "build_messages",
    "failure",
    "first_message",
    "next_step",
    "nudge_text",
]

NextStep = Literal["run_tools", "nudge", "finished", "give_up"]

MAX_NUDGES = 2
CACHE_CONTROL = {"type": "ephemeral"}
_NO_ANSWER = "(no answer)"  # stands for a turn without content, which the vendor would not take back
_GO_ON = "Go on."
_HOPELESS = {"refusal", "model_context_window_exceeded"}


def first_message(
    app_id: str,
    name: str,
    template: str,
    tree_lines: Mapping[str, int | None],
    request: str,
    locked: Sequence[str] = (),
) -> str:
    """The opening of a conversation.

    `tree_lines`: path -> number of lines, None for binary files (see `text.line_count`);
    `template`: name@version; `locked`: the template's globs.
    """
    files = [f"{path} ({_extent(path, tree_lines[path], locked)})" for path in sorted(tree_lines)]
    return "\n".join(
        [
            "<app>",
            f"id: {app_id}",
            f"name: {' '.join(name.split())}",
            f"template: {template}",
            "</app>",
            "<files>",
            *files,
            "</files>",
            "<request>",
            request.replace("</request>", "<\\/request>"),
            "</request>",
        ]
    )


def _extent(path: str, lines: int | None, locked: Sequence[str]) -> str:
    extent = "binary" if lines is None else f"{lines} lines"
    return f"{extent}, locked" if lock_reason(path, locked) else extent


def build_messages(first: str, turns: Sequence[StoredTurn]) -> list[dict[str, Any]]:
    """The messages of the next request: append-only from turn to turn, roles alternating.

    Raises ValueError when a tool call has no result: the vendor would refuse the request.
    """
    messages: list[dict[str, Any]] = [_message("user", [_text(first)])]
    for turn in turns:
        blocks = _replayable(turn.blocks)
        answers = [_result(block.payload["id"], turn) for block in blocks if block.kind == "tool_use"]
        if turn.injected and turn.injected.strip():
            answers.append(_text(turn.injected))
        messages.append(_message("assistant", [block.payload for block in blocks] or [_text(_NO_ANSWER)]))
        messages.append(_message("user", answers or [_text(_GO_ON)]))
    return _with_breakpoints(messages)


def _with_breakpoints(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Set the breakpoints of the vendor's cache; the end of the system prompt is the fourth.

    The last but one of our messages is where the request before this one had its last: so the cache is found
    however many blocks a turn has (the vendor looks only 20 back).
    """
    users = [message for message in messages if message["role"] == "user"]
    for message in {id(message): message for message in (users[0], *users[-2:])}.values():
        message["content"][-1] = {**message["content"][-1], "cache_control": CACHE_CONTROL}
    return messages


def next_step(
    turn: StoredTurn,
    stop_reason: str | None,
    *,
    turns: int,
    max_turns: int,
    nudges: int,
    wrote: bool,
) -> NextStep:
    """What to do after a turn.

    `turns` counts the turns of this run including this one, `nudges` those already given, `wrote` tells
    whether the run has changed a file. `stop_reason` is None for a turn that was cut: its blocks are whole.

    `run_tools`: answer the calls that have no result yet, then ask the model again; called once more with
    those results, it answers `finished` if `finish` was among them and none failed. `nudge`: inject
    `nudge_text(stop_reason)` and ask again. `finished`: go on to the build. `give_up`: fail the run with
    `failure(...)`.
    """
    if _finished(turn):
        return "finished"
    calls = turn.tool_uses
    if any(call.payload.get("name") == "finish" and call.payload["id"] not in turn.results for call in calls):
        return "run_tools"
    if stop_reason in _HOPELESS or turns >= max_turns:
        return "give_up"
    if calls:
        return "run_tools"
    if nudges < MAX_NUDGES:
        return "nudge"
    # It wrote files and twice did not see anything left to do: let the build judge.
    return "finished" if wrote and stop_reason == "end_turn" else "give_up"


def _finished(turn: StoredTurn) -> bool:
    """Whether `finish` was called and nothing beside it failed: else the model first sees what failed."""
    if any(result.is_error for result in turn.results.values()):
        return False
    calls = {call.payload["id"] for call in turn.tool_uses if call.payload.get("name") == "finish"}
    return bool(calls & set(turn.results))


def nudge_text(stop_reason: str | None) -> str:
    """What to tell a model that stopped without finishing."""
    if stop_reason == "max_tokens":
        return (
            "Your answer reached the output limit and was cut off. Go on with tool calls, each in smaller "
            "pieces: one file per call, below about 150 lines."
        )
    if stop_reason in {"end_turn", "stop_sequence"}:
        return (
            "You stopped without a tool call. If everything the request asks for is written, call finish. "
            "Otherwise go on with the tools: nobody can answer questions now, so choose what is most useful."
        )
    return (
        "Your answer broke off. Go on where you stopped, with tool calls, and call finish when all is done."
    )


def failure(stop_reason: str | None, *, turns: int, max_turns: int) -> AppError:
    """Why a run ends after `give_up`."""
    if stop_reason == "refusal":
        return ModelRefused("The model declined this request. Say in other words what the app should do.")
    if stop_reason == "model_context_window_exceeded":
        return TurnLimitReached(
            "The conversation grew beyond what the model can read. Ask for a smaller step at a time.",
            turns=turns,
        )
    if turns >= max_turns:
        return TurnLimitReached(
            f"The model did not finish within {max_turns} turns. Ask for a smaller step at a time.",
            turns=turns,
            limit=max_turns,
        )
    return ModelGaveUp(
        "The model stopped without doing what was asked, also after being asked to go on. Send the message "
        "again, or say more exactly what the app should do.",
        stop_reason=stop_reason,
    )


def _replayable(blocks: Sequence[Block]) -> list[Block]:
    """The blocks the vendor takes back: no blank text, and no thinking that leads to nothing."""
    kept = [block for block in blocks if block.kind != "text" or str(block.payload.get("text", "")).strip()]
    while kept and kept[-1].kind == "thinking":
        kept.pop()
    return kept


def _result(tool_use_id: str, turn: StoredTurn) -> dict[str, Any]:
    result = turn.results.get(tool_use_id)
    if result is None:
        raise ValueError(f"tool call {tool_use_id} has no result")
    block: dict[str, Any] = {
        "type": "tool_result",
        "tool_use_id": tool_use_id,
        "content": result.text or "ok",
    }
    return {**block, "is_error": True} if result.is_error else block


def _message(role: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": role, "content": content}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
