"""The process dies at every boundary of a conversation: the run ends as if nothing had been.

A gate in the database holds each run right before it has committed a certain row; then one kill meets several
of them at once.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from dev.stack.client import Event
from orchestrator.db import turns as turns_db
from orchestrator.db.models import Run, Turn
from tests.orchestrator.service.gates import Gate, killed_at
from tests.orchestrator.service.world import World, green, red

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]

BODIES_KEPT = 200  # by the vendor's log
AT_ONCE = 8  # the runs that a process works on
CONVERSATION = "[[script:boundaries]]"


@dataclass(frozen=True)
class Case:
    """Where the process dies, and what the run is about. `repaired`: its first build fails."""

    gate: Gate
    request: str = CONVERSATION
    state: str = "succeeded"
    mode: str = "build"
    repaired: bool = False


def moved(before: str, after: str) -> Gate:
    return Gate("runs", {"state": after}, {"state": before})


CASES = {
    "taken up": Case(moved("queued", "preparing")),
    "opened": Case(moved("preparing", "generating")),
    "before the first request": Case(Gate("turns", {"seq": 1, "state": "requested"})),
    "after the beginning of the answer": Case(Gate("turns", {"seq": 1, "state": "started"})),
    "a thought": Case(Gate("turn_blocks", {"kind": "thinking"})),
    "a text": Case(Gate("turn_blocks", {"kind": "text"})),
    "a call": Case(Gate("turn_blocks", {"kind": "tool_use"})),
    "the end of a turn": Case(Gate("turns", {"seq": 1, "state": "done"})),
    "the results of a turn": Case(Gate("tool_results", {"path": "src/lib/one.ts"})),
    "after the results of a turn": Case(Gate("turns", {"seq": 2, "state": "started"})),
    "the end of a turn without calls": Case(Gate("turns", {"seq": 2, "state": "done"})),
    "a nudge": Case(Gate("turns", {"seq": 3, "state": "requested"})),
    "the answer to a nudge": Case(Gate("tool_results", {"path": "src/lib/two.ts"})),
    "a new conversation": Case(Gate("runs", {"condensed": 1}, {"condensed": 0})),
    "the first turn of a new conversation": Case(Gate("turns", {"seq": 4, "state": "done"})),
    "what finishes": Case(Gate("tool_results", {"tool": "finish"})),
    "the build that is asked for": Case(Gate("builds", {"speculative": False})),
    "checking": Case(moved("generating", "checking")),
    "the recovery": Case(moved("checking", "recovering"), repaired=True),
    "a turn of the recovery": Case(Gate("turns", {"seq": 6, "state": "done"}), repaired=True),
    "the results of the recovery": Case(Gate("tool_results", {"path": "src/lib/four.ts"}), repaired=True),
    "checking again": Case(moved("recovering", "checking"), repaired=True),
    "deploying": Case(moved("checking", "deploying")),
    "the success": Case(Gate("runs", {"state": "succeeded"})),
    "between two calls of a turn": Case(
        Gate("turn_blocks", {"kind": "tool_use", "index": 2}),
        "Books: title, author, a rating and a done flag",
    ),
    "the answer": Case(moved("generating", "answered"), "Done? [[script:writes-anyway]]", "answered", "ask"),
    "the questions": Case(moved("generating", "waiting"), "A page [[script:asks]]", "waiting", "ask"),
}


@dataclass(frozen=True)
class Outcome:
    """What there is of a run at its end.

    `requests`: what the model's vendor has logged of them; `attempts`: how often it was taken up;
    `turns_before`: of the app's earlier runs.
    """

    app: str
    run: str
    state: str
    digest: str
    events: list[Event]
    turns: list[Turn]
    requests: list[dict[str, Any]]
    usage: dict[str, Any]
    messages: int
    attempts: int
    turns_before: int


class Outcomes:
    """How the runs of the cases end; each is carried out when it is first asked for, with its neighbours."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._undisturbed: dict[tuple[str, bool], Outcome] = {}
        self._crashed: dict[str, Outcome] = {}

    async def undisturbed(self, name: str) -> Outcome:
        """How the same run ends when nothing happens."""
        case = CASES[name]
        key = (case.request, case.repaired)
        if key not in self._undisturbed:
            app, run = await begin(self._world, case, case.request)
            await play(self._world, app, case)
            self._undisturbed[key] = await outcome(self._world, app, run)
        return self._undisturbed[key]

    async def crashed(self, name: str) -> Outcome:
        """How the run ends whose process dies at its gate."""
        if name not in self._crashed:
            names = list(CASES)
            first = names.index(name) // AT_ONCE * AT_ONCE
            cases = {one: CASES[one] for one in names[first : first + AT_ONCE]}
            self._crashed |= await crashed(self._world, cases)
        return self._crashed[name]


@pytest.fixture(scope="module")
def outcomes(world: World) -> Outcomes:
    return Outcomes(world)


async def crashed(world: World, cases: dict[str, Case]) -> dict[str, Outcome]:
    """How the runs of these cases end, whose process dies with all of them at their gates."""
    requests = {name: request_of(name, case) for name, case in cases.items()}
    async with killed_at(world, {requests[name]: case.gate for name, case in cases.items()}):
        begun = {name: await begin(world, case, requests[name]) for name, case in cases.items()}
        playing = [asyncio.create_task(play(world, begun[name][0], case)) for name, case in cases.items()]
    await asyncio.gather(*playing)
    ended = {name: await outcome(world, *begun[name]) for name in cases}
    asked = await lately_asked(world)
    return {
        name: replace(ended[name], requests=asked.get((begun[name][0], requests[name]), [])) for name in cases
    }


def request_of(name: str, case: Case) -> str:
    """One of its own where the words do not matter, as a script answers."""
    return f"{name}: {case.request}" if "[[script:" in case.request else case.request


async def begin(world: World, case: Case, request: str) -> tuple[str, str]:
    if case.mode == "build":
        return await world.api.create_app(request)
    app, _ = await world.app()
    return app, await world.api.send(app, request, case.mode)


async def play(world: World, app: str, case: Case) -> None:
    """Plays the builder and the deployer, whom nothing happens to."""
    if case.state != "succeeded":
        return
    if case.repaired:
        await world.say(red(await world.build(app)))
        await world.live_after_repair(app)
    else:
        await world.say(green(await world.build(app)))
        await world.deploy(app)


async def outcome(world: World, app: str, run: str) -> Outcome:
    state = (await world.api.ended(app, run))["state"]
    head = (await world.api.get(f"/v1/apps/{app}"))["head"]
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    database = world.database()
    async with database.begin() as session:
        rows = await turns_db.turns_of(session, run)
        before = await session.scalar(
            select(func.count()).select_from(Turn).join(Run, Run.id == Turn.run_id)
            .where(Run.app_id == app, Run.id != run)
        )  # fmt: skip
        attempts = (await session.get_one(Run, run)).attempts
    await database.close()
    return Outcome(
        app=app,
        run=run,
        state=state,
        digest=(await world.api.get(f"/v1/apps/{app}/versions/{head}"))["tree_digest"],
        events=[event for event in await world.api.log(app) if event.data.get("run_id") == run],
        turns=rows,
        requests=[],
        usage=await world.api.get(f"/v1/apps/{app}/usage"),
        messages=sum(message["run_id"] == run for message in messages),
        attempts=attempts,
        turns_before=before or 0,
    )


async def lately_asked(world: World) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """What the model's vendor was asked lately, by the app and the request that the conversation is about."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    async with httpx.AsyncClient(base_url=world.stack.simulator_url, trust_env=False) as http:
        for entry in (await http.get("/__sim/requests")).json()["requests"][-BODIES_KEPT:]:
            body = (await http.get(f"/__sim/requests/{entry['id']}")).json()
            user = (body or {}).get("metadata", {}).get("user_id")
            if user is None:  # no turn of a run
                continue
            opening = body["messages"][0]["content"][-1]["text"]
            request = opening.partition("<request>\n")[2].partition("\n</request>")[0]
            found.setdefault((user, request), []).append(entry)
    return found


@pytest.mark.parametrize("name", CASES)
async def test_the_files_are_those_of_an_undisturbed_run(outcomes: Outcomes, name: str) -> None:
    case, found, expected = CASES[name], await outcomes.crashed(name), await outcomes.undisturbed(name)
    assert (found.state, found.digest) == (case.state, expected.digest)
    assert Counter(event.type for event in found.events if event.type in ONCE) == Counter(
        event.type for event in expected.events if event.type in ONCE
    )
    assert found.events[-1].type == f"run.{case.state}"
    assert found.messages == expected.messages
    written = Counter(event.data["path"] for event in found.events if event.type == "file.written")
    assert written == Counter(e.data["path"] for e in expected.events if e.type == "file.written")


ONCE = frozenset(
    {
        "run.queued", "run.started", "plan.ready", "recovery.started", "version.created", "deploy.started",
        "run.succeeded", "run.answered", "run.waiting",
    }
)  # fmt: skip


@pytest.mark.parametrize("name", CASES)
async def test_at_most_one_request_is_made_twice_and_each_is_in_the_ledger_once(
    outcomes: Outcomes, name: str
) -> None:
    found, expected = await outcomes.crashed(name), await outcomes.undisturbed(name)
    # More than one only where a gate was so slow to open that its transaction timed out before the kill.
    interruptions = max(1, found.attempts - expected.attempts)
    asked = Counter(entry["sha256"] for entry in found.requests)
    assert sum(times - 1 for times in asked.values()) <= interruptions
    billed = [entry for entry in found.requests if entry["outcome"] != "fault:too_long"]
    assert len(found.turns) == len(billed) > 0
    assert [turn.seq for turn in found.turns] == list(range(1, len(billed) + 1))
    lost = [turn for turn in found.turns if turn.state == "lost"]
    assert len(lost) <= interruptions
    assert {turn.billing_class for turn in lost} <= {"platform"}
    assert {turn.state for turn in found.turns} <= {"done", "cut", "lost"}
    counted = sum(line["turns"] for line in found.usage["lines"])
    assert counted == len(found.turns) + found.turns_before
