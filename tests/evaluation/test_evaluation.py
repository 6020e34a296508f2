"""The evaluation on a running stack: it goes on where it stopped, and tells a good app from a broken one."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dev.stack.stack import Stack
from evaluation.__main__ import evaluate
from evaluation.corpus import Corpus, Entry, load_corpus
from evaluation.results import Ledger, Result, Tokens
from evaluation.settings import Settings
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

GREETING: dict[str, Any] = {
    "id": "repairs-1",
    "prompt": "A greeting [[script:type-error]]",
    "simulator": True,
    "checks": [{"name": "Greets", "steps": [{"see": {"heading": "Farewell, reader"}}]}],
}


def corpus_of(*own: dict[str, Any]) -> Corpus:
    """Two entries of the real corpus, one with a question after it, and these."""
    real = load_corpus().select("tasks-1,notes-4")
    return Corpus(
        titles={"tasks": "", "notes": "", "repairs": ""}, entries=(*real, *map(Entry.model_validate, own))
    )


@pytest.fixture
def settings(stack: Stack, tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path, url=stack.api_url, key=stack.api_key, parallel=1)


def results(settings: Settings, corpus: Corpus) -> dict[str, Result]:
    ledger = Ledger(settings.folder / "results.jsonl")
    return {one.id: found for one in corpus.entries if (found := ledger.result_of(one)) is not None}


async def test_an_interrupted_evaluation_goes_on_and_a_broken_app_fails_its_check(
    stack: Stack, api: Api, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = corpus_of(GREETING)
    first = asyncio.create_task(evaluate(settings, corpus, stack.config))
    while not results(settings, corpus) and not first.done():
        await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.wait({first})
    assert first.cancelled()
    assert "1 of 3 entries evaluated" in capsys.readouterr().out
    kept = results(settings, corpus)
    assert list(kept) == ["notes-4"]

    assert await evaluate(settings, corpus, stack.config) == 1
    told = capsys.readouterr().out
    found = results(settings, corpus)
    assert found["notes-4"] == kept["notes-4"]
    assert found["notes-4"].succeeded, found["notes-4"]
    assert found["tasks-1"].succeeded, found["tasks-1"]
    assert [run.state for run in found["notes-4"].runs] == ["succeeded", "answered"]
    [problem] = found["repairs-1"].problems
    assert problem.name == "Greets"
    assert "no heading 'Farewell, reader'; there are headings [\"Hello, reader\"]" in (problem.problem or "")
    assert found["repairs-1"].repairs == 1
    assert "THE SIMULATOR WROTE THESE APPS" in told
    assert f"Greets: {problem.problem}" in told

    await the_figures_are_those_of_the_api(api, found["tasks-1"])
    assert (settings.folder / "pictures" / "notes-4" / "1.png").exists()


async def the_figures_are_those_of_the_api(api: Api, result: Result) -> None:
    usage = await api.get(f"/v1/apps/{result.app}/usage")
    assert result.microdollars == usage["cost_microdollars"] > 0
    assert result.tokens.output == sum(line["output_tokens"] for line in usage["lines"]) > 0
    [run] = (await api.get(f"/v1/apps/{result.app}/runs"))["items"]
    assert [one.id for one in result.runs] == [run["id"]]
    assert result.prompt == run["prompt_version"]
    assert result.simulated


async def test_an_entry_that_was_changed_is_evaluated_anew(stack: Stack, settings: Settings) -> None:
    wrong = corpus_of(GREETING)
    chosen = replace(settings, only="repairs-1")
    assert await evaluate(replace(chosen, step_seconds=1), wrong, stack.config) == 1
    [before] = results(chosen, wrong).values()
    checks = [{"name": "Greets", "steps": [{"see": {"heading": "Hello, reader"}}]}]
    right = corpus_of({**GREETING, "checks": checks})
    assert await evaluate(chosen, right, stack.config) == 0
    [after] = results(chosen, right).values()
    assert before.app != after.app
    assert await evaluate(chosen, right, stack.config) == 0
    assert results(chosen, right) == {"repairs-1": after}


async def test_a_budget_leaves_out_what_would_exceed_it(
    stack: Stack, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    told = "leaves no room for one more entry."
    poor = replace(settings, budget_dollars=0.9)
    assert await evaluate(poor, corpus_of(), stack.config) == 1
    assert told in capsys.readouterr().out
    assert not results(poor, corpus_of())


async def test_an_app_that_runs_into_the_budget_has_no_result(
    stack: Stack, api: Api, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = {"id": "slow-1", "prompt": "Twenty turns [[script:slow]]", "checks": GREETING["checks"]}
    corpus = corpus_of(slow)
    [known] = corpus.select("notes-4")
    Ledger(settings.folder / "results.jsonl").add(cheap(known))
    poor = replace(settings, only="notes-4,slow-1", budget_dollars=0.0001)
    assert await evaluate(poor, corpus, stack.config) == 1
    assert "leaves no room for one more entry." in capsys.readouterr().out
    assert list(results(poor, corpus)) == ["notes-4"]
    newest = (await api.get("/v1/apps"))["items"][0]["id"]
    [run] = (await api.get(f"/v1/apps/{newest}/runs"))["items"]
    assert run["error_code"] == "budget_exhausted"


def cheap(entry: Entry) -> Result:
    """An earlier result that makes the next app look affordable."""
    return Result(
        entry=entry.id, digest=entry.digest(), model="m", prompt="p", simulated=True,
        at=dt.datetime.now(dt.UTC), app="a", template="t", url=None,
        seconds=1, runs=(), checks=(), tokens=Tokens(), microdollars=1,
    )  # fmt: skip
