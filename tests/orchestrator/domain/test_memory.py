"""What a message is told of those before it: within its budget, in order, and growing at its end alone."""

import random
from itertools import pairwise

import pytest

from orchestrator.domain.memory import SMALLEST_BUDGET, EarlierRun, memory_blocks
from orchestrator.domain.turns import estimated_tokens

WORDS = ("birds", "bigger", "</earlier>", "<request>", "zwölf", "\n", "<brief", "😀", "colour", "a" * 40)


def words(rng: random.Random, most: int) -> str:
    return "".join(f"{rng.choice(WORDS)} " for _ in range(rng.randint(0, most)))


def runs_of(rng: random.Random, count: int) -> list[EarlierRun]:
    return [
        EarlierRun(
            request=f"request {number} of them {words(rng, rng.choice((3, 30, 2_000)))}",
            state=rng.choice(("succeeded", "failed", "cancelled")),
            reply=words(rng, rng.choice((0, 10, 300))),
            decisions=[words(rng, 8) for _ in range(rng.randint(0, 8))],
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("seed", range(80))
def test_any_history_fits_and_the_first_and_the_newest_request_are_always_in_it(seed: int) -> None:
    rng = random.Random(seed)
    budget = rng.choice((SMALLEST_BUDGET, 700, 2_000, 6_000))
    brief = f"the very first words {words(rng, rng.choice((5, 100, 5_000)))}"
    runs = runs_of(rng, rng.randint(1, 60))
    blocks = memory_blocks(brief, runs, left_out=rng.choice((1, 30, 900)), budget=budget)
    assert estimated_tokens(sum(map(len, blocks))) <= budget
    assert "the very first words" in blocks[0]
    assert f"request {len(runs) - 1} of them" in blocks[-1]
    assert all(block.strip() for block in blocks)


@pytest.mark.parametrize("seed", range(20))
def test_nobody_elses_words_can_open_or_close_a_section(seed: int) -> None:
    rng = random.Random(seed)
    runs = runs_of(rng, 30)
    text = "".join(memory_blocks(words(rng, 50), runs, left_out=0, budget=6_000))
    for name in ("brief", "history", "earlier", "asked", "reply", "decisions"):
        assert text.count(f"</{name}>") == text.count(f"<{name}>") + text.count(f"<{name} ")
    assert "<request>" not in text


@pytest.mark.parametrize("budget", [SMALLEST_BUDGET, 6_000])
def test_what_one_run_is_told_is_mostly_the_beginning_of_what_the_next_is_told(budget: int) -> None:
    """Else the vendor's cache would be of no use from one run to the next."""
    runs = [EarlierRun(f"make it {number} px wide", "succeeded", "It is wider.") for number in range(60)]
    told = [memory_blocks("A list", runs[: end + 1], left_out=0, budget=budget) for end in range(60)]
    grown = [after[: len(before)] == before for before, after in pairwise(told)]
    assert sum(grown) >= 48


def test_a_short_history_is_told_word_for_word() -> None:
    runs = [
        EarlierRun("A list of birds", "succeeded", "A list.", ["prices in euros"]),
        EarlierRun("make it\nbigger", "failed", "The app does not build."),
        EarlierRun("never mind", "cancelled", ""),
    ]
    assert memory_blocks("A list of birds", runs, left_out=0, budget=6_000) == [
        "<brief>\nA list of birds\n</brief>",
        (
            '<earlier number="1" state="succeeded">\n<asked>\nThe brief.\n</asked>\n'
            "<reply>\nA list.\n</reply>\n"
            "<decisions>\n- prices in euros\n</decisions>\n</earlier>"
        ),
        (
            '<earlier number="2" state="failed">\n<asked>\nmake it\nbigger\n</asked>\n'
            "<reply>\nThe app does not build.\n</reply>\n</earlier>"
        ),
        '<earlier number="3" state="cancelled">\n<asked>\nnever mind\n</asked>\n</earlier>',
    ]


def test_older_requests_are_first_shortened_and_then_counted() -> None:
    runs = [
        EarlierRun(f"request {number} {'long ' * 50}", "succeeded", "Done.", [f"rule {number}"])
        for number in range(30)
    ]
    text = "\n".join(memory_blocks("A list", runs, left_out=70, budget=1_500))
    assert "requests are left out here." in text
    left_out = int(text.partition(" requests are left out")[0].rpartition("\n")[2])
    assert left_out > 70
    assert f"\n{left_out + 1} (succeeded): request {left_out - 70} long" in text
    assert f"Decisions: rule {left_out - 70}\n" in text
    assert '<earlier number="100" state="succeeded">\n<asked>\nrequest 29 long' in text


def test_the_first_message_of_an_app_is_told_nothing() -> None:
    assert memory_blocks("A list", [], left_out=0, budget=6_000) == []
