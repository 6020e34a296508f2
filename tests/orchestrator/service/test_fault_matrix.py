"""Every fault of a model's vendor at the first, middle and last turn: how the run ends, and its bill."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

VENDORS = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6.1-sol"}
"""The model by which each vendor is asked."""
PLACES = {"first": 0, "middle": 1, "last": 2}
NAMES = ("one", "two")
GREMLIN = "Gremlin Inc: your credit of 47.11 is used up"
ESTIMATE = 0.05
"""How far the tokens of a broken answer that nobody has told may be from what the vendor counted."""
REFUSED = frozenset({"fault:rate_limit", "fault:overloaded", "fault:server_error", "fault:refusal"})
"""Outcomes of requests that the vendor bills nobody for."""


@dataclass(frozen=True)
class Fault:
    """`code`: what the run fails with; None: it goes on. `repeated`: the broken answer is asked for again."""

    fault: Mapping[str, Any]
    code: str | None = None
    words: str = ""
    repeated: bool = True


def for_ever(error: str) -> Mapping[str, Any]:
    return {"kind": "refusal", "error": error, "message": GREMLIN, "times": 1000}


ACCOUNT = "The platform's account with the model's vendor is not in order."
FAULTS = {
    "rate limit": Fault({"kind": "rate_limit", "retry_after": 0.1}),
    "overloaded": Fault({"kind": "overloaded"}),
    "server error": Fault({"kind": "server_error"}),
    "an error in mid-stream": Fault({"kind": "error_event", "after_blocks": 1, "message": GREMLIN}),
    "a failure in mid-stream": Fault({"kind": "failed", "after_blocks": 1, "message": GREMLIN}),
    "no event of this API": Fault({"kind": "malformed", "after_blocks": 1}),
    "a cut in a call": Fault({"kind": "cut", "after_blocks": 1}),
    "a lost connection": Fault({"kind": "cut", "after_blocks": 1, "clean": False}),
    "a cut at a byte": Fault({"kind": "cut", "after_bytes": 900}),
    "a cut behind the call": Fault({"kind": "cut", "after_blocks": 2}, repeated=False),
    "silence": Fault({"kind": "hang", "after_blocks": 1}),
    "nothing but pings": Fault({"kind": "pings", "after_blocks": 1}),
    "overloaded for ever": Fault(for_ever("overloaded_error"), "model_unavailable", "not available just now"),
    "no key": Fault(for_ever("authentication_error"), "model_rejected", ACCOUNT),
    "no money": Fault(for_ever("billing_error"), "model_rejected", ACCOUNT),
    "no right": Fault(for_ever("permission_error"), "model_rejected", ACCOUNT),
}
CASES = {f"{name}, {place}": (FAULTS[name], PLACES[place]) for name, place in product(FAULTS, PLACES)}
SCRIPTS = {name: f"fault-{number}" for number, name in enumerate(CASES)}

Begun = dict[str, tuple[str, str]]


@pytest.fixture(scope="module", params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def begun(world: World, vendor: str) -> Begun:
    """An app and its run for each case; they are worked on at the same time."""
    found = {}
    for name, (fault, place) in CASES.items():
        (world.scripts / f"{SCRIPTS[name]}.yaml").write_text(json.dumps(script(fault.fault, place)))
        body = {"prompt": f"A list of birds [[script:{SCRIPTS[name]}]]", "model": VENDORS[vendor]}
        created = await world.api.post("/v1/apps", body)
        found[name] = (created["app"]["id"], created["run"]["id"])
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ended(world: World, begun: Begun) -> dict[str, dict[str, Any]]:
    """The runs at their ends; builder and deployer do what is asked of them."""
    lucky = [begun[name][0] for name, (fault, _) in CASES.items() if fault.code is None]
    await asyncio.gather(*(world.live(app) for app in lucky))
    return {name: await world.api.ended(app, run) for name, (app, run) in begun.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def requests(world: World, ended: dict[str, Any]) -> list[dict[str, Any]]:
    """What the model's vendor has logged once all runs have ended."""
    async with httpx.AsyncClient(base_url=world.stack.simulator_url, trust_env=False) as http:
        return list((await http.get("/__sim/requests")).json()["requests"])


def script(fault: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Two files and the end, a call a turn; the fault is in the turn at the place."""
    calls: list[dict[str, Any]] = [
        {
            "create_file": {
                "path": f"src/lib/{name}.ts",
                "purpose": "A",
                "content": f"export const {name} = 1;\n",
            }
        }
        for name in NAMES
    ]
    calls.append({"finish": {"summary": "Two files."}})
    turns: list[dict[str, Any]] = [{"text": f"Turn {n}.", "calls": [call]} for n, call in enumerate(calls)]
    turns[place]["fault"] = dict(fault)
    return {"description": "A fault.", "sections": [{"turns": turns}]}


@pytest.mark.parametrize("name", CASES)
async def test_the_run_goes_on_or_ends_with_a_reason_for_people(
    world: World, begun: Begun, ended: dict[str, dict[str, Any]], name: str
) -> None:
    (app, _), (fault, _), final = begun[name], CASES[name], ended[name]
    expected = "succeeded" if fault.code is None else "failed"
    assert (final["state"], final["error_code"]) == (expected, fault.code)
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    kinds = ["prompt", "reply" if fault.code is None else "failure"]
    assert [message["type"] for message in messages] == kinds
    assert GREMLIN not in json.dumps([final, messages])
    if fault.code is None:
        diff = await world.api.get(f"/v1/apps/{app}/versions/1/diff")
        assert diff["added"] == [f"src/lib/{one}.ts" for one in NAMES]
    else:
        assert fault.words in final["error_message"]
        assert messages[1]["content"] == final["error_message"]
        assert world.builds(app) == []


@pytest.mark.parametrize("name", CASES)
async def test_the_bill_is_what_the_vendor_charges(
    world: World, vendor: str, begun: Begun, requests: list[dict[str, Any]], name: str
) -> None:
    (app, _), (fault, place) = begun[name], CASES[name]
    asked = [one for one in requests if (one["script"], one["vendor"]) == (SCRIPTS[name], vendor)]
    charged = [entry for entry in asked if entry["outcome"] not in REFUSED]
    answered = len(PLACES) if fault.code is None else place
    broken = sum(entry["outcome"].startswith("fault:") for entry in charged)
    assert len(charged) == answered + (broken if fault.repeated else 0)
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert sum(line["turns"] for line in usage["lines"]) == len(charged)
    counted = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
    told = sum(line[field] for line in usage["lines"] for field in counted)
    exact = vendor == "anthropic" or not broken  # the other one counts at the end of its answers only
    expected = sum(whole_input(vendor, entry["usage"]) for entry in charged)
    assert told == (expected if exact else pytest.approx(expected, rel=ESTIMATE))
    if fault.code is None:
        assert usage["billable_microdollars"] == usage["cost_microdollars"] > 0
        assert {line["billing_class"] for line in usage["lines"]} == {"user"}
    else:
        assert usage["billable_microdollars"] == 0
        assert {line["billing_class"] for line in usage["lines"]} <= {"platform"}


def whole_input(vendor: str, usage: dict[str, Any]) -> int:
    """Tokens of a request's prompt, however much of it was cached."""
    if vendor == "openai":
        return int(usage["input_tokens"])
    cached = usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
    return int(usage["input_tokens"] + cached)
