"""What an evaluation keeps between two calls, and the sums it prints."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from evaluation.corpus import Corpus, Entry, load_corpus
from evaluation.report import COLUMNS, report, row
from evaluation.results import CheckResult, Ledger, Result, RunResult, Tokens


def result(entry: str = "tasks-1", **changes: Any) -> Result:
    values: dict[str, Any] = {
        "entry": entry, "digest": "d", "model": "claude-sonnet-5-5", "prompt": "3", "simulated": False,
        "at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC), "app": "app1", "template": "vite-react@1.0.0",
        "url": "http://app1.localhost", "seconds": 10.0, "runs": (RunResult(id="r", state="succeeded"),),
        "checks": (CheckResult(name="Adds"), CheckResult(name="Keeps")),
        "tokens": Tokens(input=1000, cached=500, output=200), "microdollars": 20_000,
    }  # fmt: skip
    return Result(**{**values, **changes})


BROKEN: dict[str, Any] = {
    "checks": (CheckResult(name="Adds", problem="no button 'add'"), CheckResult(name="Keeps"))
}
FAILED: dict[str, Any] = {
    "runs": (
        RunResult(id="r", state="failed", code="build_failed", message="It does not build", recoveries=3),
    ),
    "checks": (CheckResult(name="Adds", problem="there is no live app"),),
}


@pytest.fixture
def entries() -> tuple[Entry, ...]:
    return load_corpus().select("tasks-1,tasks-2,game-1")


def cells(name: str, *results: Result) -> dict[str, str]:
    return dict(zip(COLUMNS, row(name, results), strict=True))


def test_a_row_has_the_sums_of_its_results() -> None:
    found = cells("tasks", result(), result(seconds=30.0, **BROKEN), result(seconds=50.0, **FAILED))
    assert found == {
        "kind": "tasks", "apps": "3", "success": "1 (33%)", "checks": "3/5", "failed runs": "1",
        "repairs": "1.00", "median s": "30.0", "p95 s": "48.0", "input": "3,000", "cached": "1,500",
        "output": "600", "$": "0.06", "$/success": "0.060",
    }  # fmt: skip


def test_no_cost_is_made_up_for_a_model_without_prices() -> None:
    found = cells("all", result(), result(microdollars=None))
    assert (found["$"], found["$/success"]) == ("unknown", "-")


def test_an_app_whose_checks_pass_is_no_success_after_a_failed_run() -> None:
    assert not result(runs=(RunResult(id="r", state="timed_out"),)).succeeded


def test_the_report_says_what_failed_and_why(entries: tuple[Entry, ...]) -> None:
    corpus = Corpus(titles={"game": "Games", "tasks": "Tasks"}, entries=entries)
    text = report(corpus, entries, [result(), result("tasks-2", **BROKEN), result("game-1", **FAILED)])
    assert "3 of 3 entries evaluated" in text
    assert "claude-sonnet-5-5" in text
    assert "vite-react@1.0.0" in text
    assert [line.split()[0] for line in text.splitlines() if "%)" in line] == ["game", "tasks", "all"]
    assert "  Adds: no button 'add'" in text
    assert "  run failed: It does not build (build_failed)" in text
    assert "SIMULATOR" not in text


def test_the_report_says_when_the_simulator_wrote_the_apps(entries: tuple[Entry, ...]) -> None:
    corpus = Corpus(titles={"game": "Games", "tasks": "Tasks"}, entries=entries)
    text = report(corpus, entries[:1], [result(simulated=True)])
    assert text.startswith("THE SIMULATOR WROTE THESE APPS")
    assert "The simulator cannot serve 2: game-1, tasks-2" in text


def test_a_result_counts_until_entry_model_or_prompt_change(
    tmp_path: Path, entries: tuple[Entry, ...]
) -> None:
    path = tmp_path / "results.jsonl"
    [entry] = (one for one in entries if one.id == "tasks-1")
    kept = result(digest=entry.digest())
    Ledger(path).add(kept)
    assert Ledger(path, "claude-sonnet-5-5", "3").result_of(entry) == kept
    assert Ledger(path).result_of(entry) == kept, "of a stack not yet known"
    assert Ledger(path, "claude-sonnet-5-5", "4").result_of(entry) is None
    assert Ledger(path, "gpt-6-luna", "3").result_of(entry) is None
    assert Ledger(path).result_of(entry.model_copy(update={"prompt": "Another"})) is None


def test_results_of_another_prompt_stop_counting_with_the_first_that_shows_it(
    tmp_path: Path, entries: tuple[Entry, ...]
) -> None:
    path = tmp_path / "results.jsonl"
    for entry in entries:
        Ledger(path).add(result(entry.id, digest=entry.digest()))
    ledger = Ledger(path)
    ledger.add(result(entries[0].id, digest=entries[0].digest(), prompt="4"))
    assert [ledger.result_of(entry) is not None for entry in entries] == [True, False, False]
    assert len(path.read_text().splitlines()) == 4, "both are kept, to be compared"


def test_an_entry_evaluated_again_has_one_result_and_a_line_cut_short_has_none(
    tmp_path: Path, entries: tuple[Entry, ...]
) -> None:
    path = tmp_path / "results.jsonl"
    ledger = Ledger(path)
    ledger.add(result("tasks-1", digest=entries[1].digest(), seconds=1.0))
    ledger.add(result("tasks-1", digest=entries[1].digest(), seconds=2.0))
    with path.open("a") as file:
        file.write('{"entry": "tasks-2"')
    [again] = [found for entry in entries if (found := Ledger(path).result_of(entry)) is not None]
    assert again.seconds == 2.0


def test_beginning_anew_keeps_the_results_beside(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    ledger = Ledger(path)
    ledger.add(result())
    ledger.begin_anew()
    ledger.add(result("game-1"))
    assert '"tasks-1"' not in path.read_text()
    assert '"tasks-1"' in (tmp_path / "results.old.jsonl").read_text()
