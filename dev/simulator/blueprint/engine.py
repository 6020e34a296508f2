"""Carries a plan out, a turn at a time, from nothing but the messages seen."""

from typing import Any

from dev.simulator.blueprint.codes import PACKAGE, only_code, wants_code, with_code, without_code
from dev.simulator.blueprint.create import creation
from dev.simulator.blueprint.lineedits import changes_little, line_edits
from dev.simulator.blueprint.plan import THEME, CannotDoError, Plan, answer, is_new, own_files, proposal
from dev.simulator.blueprint.recovery import repair
from dev.simulator.blueprint.upgrade import is_upgrade, upgrade_plan
from dev.simulator.blueprint.wishes import edit_plan
from dev.simulator.conversation import Conversation
from dev.simulator.turn import Block, Text, ToolCall, Turn

MAX_FILES = 2  # new or rewritten files in a turn
MAX_FAILURES = 3  # of one file, then the plan ends without it
MAX_TURNS = 30


def next_turn(conversation: Conversation) -> Turn:
    if conversation.mode != "build":
        plan = plan_for(conversation)
        words = proposal(plan) if conversation.mode == "plan" else answer(conversation.listing)
        return _finish([], words)
    if conversation.recovery is not None:
        return carry_out(repair(conversation, plan_for(conversation)), conversation)
    return carry_out(plan_for(conversation), conversation)


def plan_for(conversation: Conversation) -> Plan:
    if is_upgrade(conversation):
        return upgrade_plan(conversation)
    template = conversation.template
    new = is_new(conversation.listing, template, follows=conversation.follows)
    if wants_code(conversation.request):
        base = creation(without_code(conversation.request), template) if new else only_code()
        return with_code(base, conversation.packages.get(PACKAGE, ""))
    plan = edit_plan(conversation.request, conversation.listing, is_new=new) or creation(
        conversation.request, template
    )
    if plan.choices and conversation.answers:
        return creation(
            conversation.answers.rpartition("\n")[2], template
        )  # below the question, what to build instead
    return plan


def carry_out(plan: Plan, conversation: Conversation) -> Turn:
    if plan.choices:
        question = {"question": plan.summary, "choices": list(plan.choices)}
        return Turn((Text(plan.intro), ToolCall("ask", {"questions": [question]})))
    if conversation.turn >= MAX_TURNS:
        return _finish([], f"I stopped after {MAX_TURNS} turns without getting through. (Model simulator.)")
    if missing := [name for name in plan.packages if name not in conversation.packages]:
        words = plan.intro if conversation.turn == 0 else f"This needs {missing[0]}."
        return Turn((Text(words), ToolCall("add_dependency", {"name": missing[0]})))
    try:
        wanted = plan.files(conversation.originals)
    except CannotDoError as error:
        return _finish([], f"{error} Nothing was changed by this turn. (Model simulator.)")
    given_up = [path for path, errors in conversation.failures.items() if len(errors) >= MAX_FAILURES]
    reads = [path for path in plan.needs if _must_read(path, conversation) and path not in given_up]
    pending = [path for path in wanted if conversation.lines(path) != wanted[path] and path not in given_up]
    theme = _theme(plan, conversation)
    writes, left = _writes(plan, wanted, pending, conversation, reads)
    gone = [path for path in _replaced(plan, wanted, conversation) if path not in given_up]
    calls = [*theme, *(ToolCall("read_file", {"path": path}) for path in reads), *writes]
    calls += [ToolCall("delete_file", {"path": path}) for path in gone]
    opening: list[Block] = [Text(_opening(plan, conversation, reads, writes))]
    if theme or reads or left:
        return Turn((*opening, *calls))
    return _finish([*opening, *calls], _summary(plan, given_up, conversation))


def _theme(plan: Plan, conversation: Conversation) -> list[ToolCall]:
    """Once, and only in apps that have a file for it."""
    again = conversation.themed or conversation.condensed or conversation.recovery is not None
    wanted = bool(plan.theme) and conversation.exists(THEME) and not again
    return [ToolCall("set_theme", plan.theme)] if wanted else []


def _replaced(plan: Plan, wanted: dict[str, list[str]], conversation: Conversation) -> list[str]:
    """The template's samples that are still there."""
    if not plan.replaces:
        return []
    samples = (path for path in own_files(conversation.listing) if path not in conversation.locked)
    return [path for path in samples if path not in wanted and conversation.exists(path)]


def _must_read(path: str, conversation: Conversation) -> bool:
    return conversation.exists(path) and conversation.lines(path) is None


def _writes(
    plan: Plan, wanted: dict[str, list[str]], pending: list[str], conversation: Conversation, reads: list[str]
) -> tuple[list[ToolCall], bool]:
    """The calls of this turn, and whether something is left for a later one."""
    calls: list[ToolCall] = []
    files = 0
    left = False
    for path in pending:
        if _must_read(path, conversation):
            left = True
            if path not in reads:
                calls.append(ToolCall("read_file", {"path": path}))
            continue
        call = _write(path, wanted[path], plan, conversation)
        files += call.name != "line_replace"
        if call.name != "line_replace" and files > MAX_FILES:
            left = True
        else:
            calls.append(call)
    return calls, left


def _write(path: str, lines: list[str], plan: Plan, conversation: Conversation) -> ToolCall:
    current = conversation.lines(path)
    content = "\n".join(lines) + "\n"
    if current is None:
        purpose = plan.purposes.get(path, "A page of the app" if "/pages/" in path else "A part of the app")
        return ToolCall("create_file", {"path": path, "content": content, "purpose": purpose})
    guarded: dict[str, Any] = {"path": path, "rev": conversation.rev(path) or ""}
    if len(conversation.failures.get(path, ())) < MAX_FAILURES - 1 and changes_little(current, lines):
        return ToolCall("line_replace", {**guarded, "edits": line_edits(current, lines)})
    return ToolCall("rewrite_file", {**guarded, "content": content})


def _opening(plan: Plan, conversation: Conversation, reads: list[str], writes: list[ToolCall]) -> str:
    if conversation.turn == 0:
        return plan.intro
    names = [str(call.input["path"]).rpartition("/")[2] for call in writes]
    if names:
        return f"Next: {', '.join(names)}."
    return f"I read {', '.join(reads)} again." if reads else "That was all."


def _summary(plan: Plan, given_up: list[str], conversation: Conversation) -> str:
    if plan.theme and conversation.theme_refused and not plan.needs:
        return f"The look stays as it is: {conversation.theme_refused} (Model simulator.)"
    if not given_up:
        return plan.summary
    reason = conversation.failures[given_up[0]][-1].splitlines()[0]
    return f"Not everything worked: {', '.join(given_up)} could not be written ({reason}). (Model simulator.)"


def _finish(blocks: list[Block], summary: str) -> Turn:
    return Turn((*(blocks or [Text(summary)]), ToolCall("finish", {"summary": summary})))
