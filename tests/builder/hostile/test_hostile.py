"""Hostile code on every level of isolation: it gains nothing, and what it aims at is unharmed."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from builder.clients.sandbox.levels import Level
from common.testing.budget import within
from common.testing.tether import NOBODY
from tests.builder.hostile.bombs import BOMBS
from tests.builder.hostile.calls import BROWSER, CALLS, REACHING, TRYING
from tests.builder.hostile.scripts import SCRIPTS, SILENT, script
from tests.builder.hostile.world import SECRET, Targets, targets
from tests.builder.machine import missing, no_browser

pytestmark = pytest.mark.xdist_group("each")

ORDINARY = NOBODY if os.geteuid() == 0 else os.geteuid()
CASES = [
    (Level.CGROUPS, 0),
    (Level.WATCHDOG, 0),
    (Level.LANDLOCK, 0),
    (Level.WATCHDOG, ORDINARY),
    (Level.LANDLOCK, ORDINARY),
]
MOST_WATCHES = 512**2 // 4
"""What can be had of 512 descriptors: half of them watched by the other half."""


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{'root' if case[1] == 0 else 'user'}")
def case(request: pytest.FixtureRequest) -> Iterator[tuple[Level, Targets]]:
    """All that an attack aims at is as it was, and an honest program runs, when the test is over."""
    level, user = request.param
    if user == 0 and os.geteuid() != 0:
        pytest.skip("needs root")
    if (reason := missing(level, user)) is not None:
        pytest.skip(f"needs the level {level}: {reason}")
    with targets(user) as aimed:
        before = aimed.state()
        yield level, aimed
        after = aimed.state()
        assert not {
            name: (before.get(name), after.get(name))
            for name in before | after
            if before.get(name) != after.get(name)
        }
        honest = aimed.attack(level, script({"honest": "return 'well';"}, "{}"))
        assert honest["found"] == {"honest": ["done", "well"]}, honest


def test_there_are_many_attacks() -> None:
    assert sum(map(len, SCRIPTS.values())) + len(SILENT) + len(CALLS) + len(BOMBS) >= 60


def test_no_script_reaches_anything(case: tuple[Level, Targets]) -> None:
    level, aimed = case
    attacks = {f"{group}: {name}": code for group, some in SCRIPTS.items() for name, code in some.items()}
    answer = aimed.attack(level, script(attacks, json.dumps(aimed.told())))
    assert answer["found"].keys() == attacks.keys(), answer["text"]
    assert SECRET not in answer["text"]
    assert not {name: rest for name, (how, *rest) in answer["found"].items() if how != "refused"}
    assert answer["removed"]


def test_what_seems_to_succeed_does_nothing(case: tuple[Level, Targets]) -> None:
    level, aimed = case
    answer = aimed.attack(level, script(SILENT, json.dumps(aimed.told())))
    assert answer["found"].keys() == SILENT.keys(), answer["text"]


def test_no_system_call_reaches_anything(case: tuple[Level, Targets]) -> None:
    level, aimed = case
    answer = aimed.attack(level, TRYING % (repr(aimed.told()), repr(CALLS)), native=True)
    found: dict[str, Any] = answer["found"]
    assert found.keys() == {*CALLS, "watches"}, answer["text"]
    _, watches = found.pop("watches")
    assert 0 < int(watches) <= MOST_WATCHES
    assert not {name: rest for name, (how, *rest) in found.items() if how != "refused"}
    assert answer["removed"]


def test_who_takes_over_the_browser_reaches_nothing_of_the_machine(case: tuple[Level, Targets]) -> None:
    level, aimed = case
    if (reason := no_browser(level)) is not None:
        pytest.skip(reason)
    calls = {name: CALLS[name] for name in BROWSER}
    answer = aimed.attack(level, REACHING % (repr(aimed.told()), repr(calls)), native=True, browser=True)
    found: dict[str, Any] = answer["found"]
    assert found.keys() > calls.keys(), answer["text"]
    assert {"loopback", "abstract socket", "socket", "secret", "signal to the builder"} < found.keys()
    assert SECRET not in answer["text"]
    assert not {name: rest for name, (how, *rest) in found.items() if how != "refused"}
    assert answer["removed"]


def test_no_bomb_takes_more_than_its_share(case: tuple[Level, Targets]) -> None:
    level, aimed = case
    for bomb in BOMBS:
        answer = aimed.attack(level, bomb.code, may_fork=bomb.may_fork, seconds=bomb.seconds)
        assert answer["removed"], bomb.name
        assert "SURVIVED" not in answer["text"], bomb.name
        # It ended by itself, was killed, or ran until its time was up.
        assert answer["seconds"] < bomb.seconds + within(2), bomb.name
        lines = [line for line in answer["text"].splitlines() if line.startswith("TOOK ")]
        assert max((int(line.split()[1]) for line in lines), default=0) <= bomb.most, bomb.name
