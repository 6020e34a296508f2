"""line_replace against older revisions, and random edits: a hit of the right lines, or none."""

import random

import pytest

from orchestrator.domain.edits import EditRefused, EditResult, LineEdit, LoggedEdit, Region, apply_edits
from orchestrator.domain.text import revision
from tests.orchestrator.domain.line_edits import TEXT, apply, edit, refusal, rev


def log(before: str, result: EditResult) -> LoggedEdit:
    return LoggedEdit(rev(before), result.rev, result.regions)


def test_an_edit_made_against_an_older_revision_moves_along_with_its_lines() -> None:
    first = apply_edits(TEXT, rev(TEXT), [edit(2, 2, "a\nb\nc"), edit(8, 9, "")])
    second = apply_edits(first.text, first.rev, [edit(1, 0, "top", at=first.text)])
    history = [log(TEXT, first), log(first.text, second)]
    for line in (1, 5, 7, 10, 20):
        stale = LineEdit(line, line, f"line {line}", "NEW")
        result = apply_edits(second.text, rev(TEXT), [stale], history)
        assert result.text == second.text.replace(f"line {line}\n", "NEW\n", 1)


def test_the_log_finds_repeated_lines_that_anchors_could_not() -> None:
    text = "start\n" + "}\n" * 6
    first = apply_edits(text, rev(text), [edit(1, 1, "a\nb", at=text)])
    result = apply_edits(first.text, rev(text), [LineEdit(4, 4, "}", "HERE")], [log(text, first)])
    assert result.text.splitlines()[4] == "HERE"
    assert "revision is now" in refusal(first.text, LineEdit(4, 4, "}", "HERE"), at_rev=rev(text))


def test_lines_that_were_changed_meanwhile_are_not_overwritten() -> None:
    first = apply_edits(TEXT, rev(TEXT), [edit(5, 7, "all new")])
    with pytest.raises(EditRefused, match=f"revision is now rev:{first.rev}"):
        apply_edits(first.text, rev(TEXT), [LineEdit(6, 6, "line 6", "x")], [log(TEXT, first)])


def test_a_line_that_reads_like_the_one_that_is_gone_is_not_taken_for_it() -> None:
    text = "first\n}\nsecond\n}\n"
    gone = apply_edits(text, rev(text), [edit(4, 4, "", at=text)])
    stale = LineEdit(4, 4, "}", "};")
    with pytest.raises(EditRefused, match="cannot be moved along"):
        apply_edits(gone.text, rev(text), [stale], [log(text, gone)])
    assert "cannot be moved along" in refusal(gone.text, stale, at_rev=rev(text))


@pytest.mark.parametrize("stale", ["00000000", "", "nonsense"])
def test_without_a_log_a_stale_edit_needs_anchors_that_stand_once(stale: str) -> None:
    one = LineEdit(2, 3, "line 7", "X", "line 8")
    assert apply_edits(TEXT, stale, [one]).text == apply(TEXT, edit(7, 8, "X"))
    assert "Read the file again" in refusal("a\na\nb\n", LineEdit(1, 1, "a", "x"), at_rev=stale)


def test_a_broken_log_is_not_trusted() -> None:
    first = apply_edits(TEXT, rev(TEXT), [edit(1, 0, "top")])
    gap = LoggedEdit(rev(TEXT), "11111111", (Region(1, 0, 1, 9),))
    text = first.text
    assert apply_edits(text, rev(TEXT), [LineEdit(3, 3, "line 3", "x")], [gap]).text == text.replace(
        "line 3\n", "x\n"
    )


def random_edits(rng: random.Random, lines: list[str]) -> list[LineEdit]:
    """Disjoint spans in random order, each a replacement, a deletion or an insertion."""
    edits, line = [], 1
    while line <= len(lines) + 1:
        line += rng.randint(0, 4)
        if line > len(lines) + 1:
            break
        count = min(rng.choice([0, 1, 1, 2, 5]), len(lines) + 1 - line)
        new = [f"new {rng.random()}" for _ in range(rng.randint(0 if count else 1, 4))]
        last = line + count - 1
        edits.append(
            LineEdit(
                line,
                last,
                lines[line - 1] if line <= len(lines) else "",
                "".join(f"{text}\n" for text in new),
                lines[last - 1] if count > 1 else None,
            )
        )
        line = last + 2
    rng.shuffle(edits)
    return edits


def reference(lines: list[str], edits: list[LineEdit]) -> list[str]:
    """Top-down, line by line: another way than the one under test."""
    result: list[str] = []
    for number in range(1, len(lines) + 2):
        covering = [one for one in edits if one.first_line <= number <= one.last_line]
        for one in edits:
            if one.first_line == number:
                result += one.replace.splitlines()
        if not covering and number <= len(lines):
            result.append(lines[number - 1])
    return result


@pytest.mark.parametrize("seed", range(150))
def test_random_edits_do_what_a_plain_reference_does(seed: int) -> None:
    rng = random.Random(seed)
    newline = rng.choice(["\n", "\r\n"])
    # few different lines, so that a span applied in the wrong place would be noticed
    lines = [f"{rng.choice('abc')}{rng.randint(0, 3)}" for _ in range(rng.randint(2, 60))]
    final = newline if rng.random() < 0.8 else ""
    text = newline.join(lines) + final
    edits = random_edits(rng, lines)
    if not edits:
        return
    result = apply_edits(text, rev(text), edits)
    expected = reference(lines, edits)
    assert result.text == (newline.join(expected) + (final if expected else ""))
    assert result.rev == revision(result.text.encode())
    assert not result.moved
    after = result.text.split(newline)
    for region, one in zip(
        result.regions, sorted(edits, key=lambda e: (e.first_line, e.last_line)), strict=True
    ):
        start = region.new_first - 1
        assert after[start : start + region.new_count] == one.replace.splitlines()


@pytest.mark.parametrize("seed", range(100))
def test_random_stale_edits_either_hit_their_own_line_or_are_refused(seed: int) -> None:
    rng = random.Random(seed)
    lines = [f"{number}: {rng.choice('ab')}" if rng.random() < 0.7 else "}" for number in range(40)]
    text = "\n".join(lines) + "\n"
    history, current = [], text
    for _ in range(3):
        edits = random_edits(rng, current.splitlines())
        if not edits:
            continue
        result = apply_edits(current, rev(current), edits)
        history.append(log(current, result))
        current = result.text
    target = rng.randrange(len(lines))
    stale = LineEdit(target + 1, target + 1, lines[target], "HIT")
    try:
        after = apply_edits(current, rev(text), [stale], history).text.splitlines()
    except EditRefused:
        return
    where = after.index("HIT")
    before = current.splitlines()
    assert before[where] == lines[target]
    assert after == [*before[:where], "HIT", *before[where + 1 :]]
    # the lines that survived on either side of it are the ones that stood there when the model read them
    kept_above = [line for line in before[:where] if line in set(lines) - {"}"}]
    assert all(lines.index(line) < target for line in kept_above)
