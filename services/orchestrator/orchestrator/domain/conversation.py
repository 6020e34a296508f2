"""The conversation with the model: how it opens, how it is replayed, and what to do after a turn."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from common.contracts import RunMode
from common.contracts.source import lock_reason
from common.contracts.templates import GUIDE, MAX_GUIDE
from common.errors import AppError
from orchestrator.domain.attachments import Attachment
from orchestrator.domain.cuts import MAX_CUTS
from orchestrator.domain.endings import answer_of
from orchestrator.domain.prompt import SYSTEM_PROMPT
from orchestrator.domain.sections import material, section
from orchestrator.domain.text import encodable
from orchestrator.domain.turns import Block, StoredTurn
from orchestrator.errors import ModelGaveUp, ModelRefused, TurnLimitReached

__all__ = [
    "CACHE_CONTROL",
    "MAX_NUDGES",
    "SYSTEM_PROMPT",
    "TOO_LONG",
    "AskedBefore",
    "NextStep",
    "build_messages",
    "failure",
    "first_message",
    "guide",
    "locked_files",
    "next_step",
    "nudge_text",
    "picture_block",
]

NextStep = Literal["run_tools", "nudge", "finished", "answered", "waiting", "give_up"]

MAX_NUDGES = 2
MAX_REVISIONS = 100
CACHE_CONTROL = {"type": "ephemeral"}
_NO_ANSWER = "(no answer)"  # stands for a turn without content, which the vendor would not take back
_GO_ON = "Go on."
TOO_LONG = "model_context_window_exceeded"
"""The stop reason of a turn that has filled what the model can read."""

_HOPELESS = {"refusal", TOO_LONG}
_ENDING_TOOLS = {"finish", "ask"}


@dataclass(frozen=True)
class AskedBefore:
    """A request that ended with questions, these as the person saw them, and the request's pictures."""

    request: str
    questions: str
    attachments: Sequence[Attachment] = ()


def locked_files(tree_lines: Mapping[str, int | None], locked: Sequence[str]) -> list[str]:
    """The block with the files that nobody changes, the same in all runs of a template; without any, none.

    `tree_lines`: path -> number of lines, None for binary files (see `text.line_count`); `locked`: the
    template's globs.
    """
    files = [path for path in tree_lines if lock_reason(path, locked)]
    return [section("locked_files", _listing(tree_lines, files, {}))] if files else []


def guide(template: Mapping[str, bytes]) -> list[str]:
    """The block with what a template tells of itself, the same in all runs of a release; else none."""
    text = template.get(GUIDE, b"").decode(errors="replace").replace("\0", "").strip()
    return [section("guide", material(text[:MAX_GUIDE]))] if text else []


def first_message(
    app_id: str,
    name: str,
    template: str,
    tree_lines: Mapping[str, int | None],
    request: str,
    locked: Sequence[str] = (),
    revisions: Mapping[str, str] | None = None,
    draft: str = "",
    mode: RunMode = RunMode.BUILD,
    earlier: Sequence[AskedBefore] = (),
    attachments: str = "",
) -> str:
    """The block of a conversation's opening that is this run's own; see `locked_files` for the arguments.

    `template`: name@version; `revisions`: path -> revision, told of files that can be edited, so that they
    need no reading first, unless they are very many; `draft`: the section about it, see `draft_note`;
    `earlier`: the requests that ended with questions which this one answers, oldest first; `attachments`: the
    section about pictures, see `attachments_section`.
    """
    app = [f"id: {app_id}", f"name: {material(' '.join(name.split()))}", f"template: {template}"]
    free = {path for path in tree_lines if not lock_reason(path, locked)}
    texts = {path for path in free if tree_lines[path] is not None}
    told = {path: rev for path, rev in (revisions or {}).items() if path in texts}
    if len(told) > MAX_REVISIONS:
        told = {}
    return "\n".join(
        [
            section("app", "\n".join(app)),
            section("files", _listing(tree_lines, free, told)),
            *([draft] if draft else []),
            *(_asked_before(one) for one in earlier),
            *([attachments] if attachments else []),
            *([] if mode is RunMode.BUILD else [f"<mode>{mode}</mode>"]),
            section("request", material(request)),
        ]
    )


def _asked_before(earlier: AskedBefore) -> str:
    request = section("earlier_request", material(earlier.request))
    return f"{request}\n{section('your_questions', material(earlier.questions))}"


def _listing(tree_lines: Mapping[str, int | None], paths: Iterable[str], revisions: Mapping[str, str]) -> str:
    lines = []
    for path in sorted(paths):
        extent = "binary" if tree_lines[path] is None else f"{tree_lines[path]} lines"
        lines.append(
            f"{path} ({extent}, rev:{revisions[path]})" if path in revisions else f"{path} ({extent})"
        )
    return material("\n".join(lines))


def build_messages(
    first: str,
    turns: Sequence[StoredTurn],
    prefix: Sequence[str] = (),
    pictures: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """The messages of the next request: append-only from turn to turn, roles alternating.

    `prefix`: the blocks before `first`, see `locked_files` and `memory_blocks`; `pictures`: image blocks
    between the two, since they belong to this run's opening alone. Raises ValueError when a tool call has no
    result: the vendor would refuse the request.
    """
    opening = [*map(_text, prefix), *map(dict, pictures), _text(first)]
    messages: list[dict[str, Any]] = [_message("user", opening)]
    for turn in turns:
        blocks = _replayable(turn.blocks)
        answers = [_result(block.payload["id"], turn) for block in blocks if block.kind == "tool_use"]
        if turn.injected and turn.injected.strip():
            answers.append(_text(turn.injected))
        messages.append(
            _message("assistant", [encodable(block.payload) for block in blocks] or [_text(_NO_ANSWER)])
        )
        messages.append(_message("user", answers or [_text(_GO_ON)]))
    return _with_breakpoints(messages, len(prefix))


def _with_breakpoints(messages: list[dict[str, Any]], prefix: int) -> list[dict[str, Any]]:
    """Set the breakpoints of the vendor's cache; the end of the system prompt is the fourth.

    The last but one of our messages is where the request before this one had its last: so the cache is found
    however many blocks a turn has (the vendor looks only 20 back). The end of the prefix, which is so many
    blocks, is where the next run of the app begins to read; without one it is the end of the opening.
    """
    users = [message["content"] for message in messages if message["role"] == "user"]
    users[0][prefix - 1]["cache_control"] = CACHE_CONTROL
    for content in users[-2:]:
        content[-1]["cache_control"] = CACHE_CONTROL
    return messages


def next_step(
    turn: StoredTurn,
    stop_reason: str | None,
    *,
    turns: int,
    max_turns: int,
    nudges: int,
    wrote: bool,
    cuts: int = 0,
    answers_after: int | None = None,
    stuck: bool = False,
) -> NextStep:
    """What to do after a turn.

    `turns` counts the turns of this run including this one, `nudges` those already given, `wrote` tells
    whether the run has changed a file, `stuck` whether it goes on in vain, `cuts` how often the output limit
    has cut off the turn's last call (see `times_cut`). After `answers_after` nudges mere text is an answer;
    None: it never is. `stop_reason` is None for a turn that was cut: its blocks are whole.

    `run_tools`: answer the calls that have no result yet, then ask the model again; called once more with
    those results, it answers `finished` if `finish` was among them and none failed, `answered` if besides no
    file has changed, or `waiting` after `ask`. `nudge`: inject `nudge_text(stop_reason)` and ask again.
    `finished`: go on to the build. `answered`: tell the person `answer_of(turn)`. `waiting`: show them the
    questions. `give_up`: fail the run with `failure(...)`.
    """
    ended = _ended(turn, wrote=wrote)
    if ended is not None:
        return ended
    calls = turn.tool_uses
    if turn.open_calls and any(call.payload.get("name") in _ENDING_TOOLS for call in calls):
        return "run_tools"
    if stuck or stop_reason in _HOPELESS or turns >= max_turns or cuts >= MAX_CUTS:
        return "give_up"
    if calls:
        return "run_tools"
    whole = stop_reason == "end_turn"
    if whole and not wrote and answers_after is not None and nudges >= answers_after and answer_of(turn):
        return "answered"
    return _after_silence(nudges, wrote=wrote and whole)


def _after_silence(nudges: int, *, wrote: bool) -> NextStep:
    if nudges < MAX_NUDGES:
        return "nudge"
    # It wrote files and twice did not see anything left to do: let the build judge.
    return "finished" if wrote else "give_up"


def _ended(turn: StoredTurn, *, wrote: bool) -> NextStep | None:
    """How the turn has ended the work, if it has: never while calls of it are open."""
    if turn.open_calls:
        return None
    if _asked(turn):
        return "waiting"
    if _finished(turn):
        return "finished" if wrote else "answered"
    return None


def _finished(turn: StoredTurn) -> bool:
    """Whether `finish` was called and nothing beside it failed: else the model first sees what failed."""
    if any(result.is_error for result in turn.results.values()):
        return False
    calls = {call.payload["id"] for call in turn.tool_uses if call.payload.get("name") == "finish"}
    return bool(calls & set(turn.results))


def _asked(turn: StoredTurn) -> bool:
    asked = (turn.results.get(call.payload["id"]) for call in turn.tool_uses if call.payload["name"] == "ask")
    return any(result is not None and not result.is_error for result in asked)


def nudge_text(stop_reason: str | None, *, may_answer: bool = False) -> str:
    """What to tell a model that stopped without finishing. `may_answer`: its next text is the answer."""
    if stop_reason == "max_tokens":
        return (
            "Your answer reached the output limit and was cut off. Go on with tool calls, each in smaller "
            "pieces: one file per call, below about 150 lines."
        )
    if stop_reason in {"end_turn", "stop_sequence"} and may_answer:
        return (
            "You stopped without a tool call, and no file has changed. If the request asks for a change, "
            "make it with the tools and call finish. If it is only a question, call finish with the whole "
            "answer as summary; if you stop without a call again, the person gets your next text as the "
            "answer."
        )
    if stop_reason in {"end_turn", "stop_sequence"}:
        return (
            "You stopped without a tool call. If everything the request asks for is written, call finish. "
            "Otherwise go on with the tools, and choose yourself what is most useful."
        )
    return (
        "Your answer broke off. Go on where you stopped, with tool calls, and call finish when all is done."
    )


def failure(stop_reason: str | None, *, turns: int, max_turns: int, stuck: bool = False) -> AppError:
    """Why a run ends after `give_up`."""
    if stuck:
        return ModelGaveUp(
            "The model repeated the same step and got no further. Your app is unchanged: send the message "
            "again, or say more exactly what the app should do.",
            turns=turns,
        )
    if stop_reason == "refusal":
        return ModelRefused("The model declined this request. Say in other words what the app should do.")
    if stop_reason == TOO_LONG:
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
    if stop_reason == "max_tokens":
        return ModelGaveUp(
            "The model tried to write more at once than one of its answers can hold, also after being told "
            "to split it. Ask for a smaller step at a time.",
            turns=turns,
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
    content: str | list[dict[str, Any]] = result.text or "ok"
    if result.picture is not None:
        content = [_text(result.text), picture_block(result.picture, "image/webp")]
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": tool_use_id, "content": content}
    return {**block, "is_error": True} if result.is_error else block


def _message(role: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": role, "content": content}


def picture_block(content: bytes, media_type: str) -> dict[str, Any]:
    """A picture as the model is shown it."""
    data = base64.b64encode(content).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
