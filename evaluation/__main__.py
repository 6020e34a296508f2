"""`make eval`: prompts of our own, from the first message to a browser that uses the app."""

import dataclasses
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from dev.browser import chromium
from dev.stack.__main__ import run
from dev.stack.client import ApiClient, ApiError
from dev.stack.config import ConfigError, StackConfig
from dev.stack.stack import Stack
from evaluation.conversation import EvaluationStopped
from evaluation.corpus import Corpus, CorpusError, load_corpus
from evaluation.report import report
from evaluation.results import Ledger
from evaluation.runner import Runner
from evaluation.settings import Settings
from orchestrator.domain.prompt import PROMPT_VERSION


def main() -> int:
    try:
        settings = Settings.from_environment()
        corpus = load_corpus()
        config = StackConfig.from_environment()
        corpus.select(settings.only or "all")
    except (ConfigError, CorpusError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return run(partial(evaluate, settings, corpus), config)


async def evaluate(settings: Settings, corpus: Corpus, config: StackConfig) -> int:
    """Exit status 0 when every entry has a result; 1 when not, or when the simulator's own ones fail.

    However it ends, the results so far are reported and kept.
    """
    ours = settings.url is None
    chosen = corpus.select(settings.only or ("simulator" if ours and config.simulated else "all"))
    ledger = Ledger(settings.folder / "results.jsonl", *(_identity(config) if ours else ()))
    if settings.fresh:
        ledger.begin_anew()
    runner: Runner | None = None
    done = sum(ledger.result_of(entry) is not None for entry in chosen)
    _tell(f"{len(chosen)} entries, {done} of them evaluated before; results in {settings.folder}")
    try:
        async with _address(settings, config) as address, chromium() as browser:
            client = ApiClient(*address)
            try:
                runner = Runner(
                    settings, client, browser, ledger, chosen, _tell, simulated=ours and config.simulated
                )
                await runner.run()
            finally:
                await client.close()
    except (ApiError, EvaluationStopped) as error:
        sys.stderr.write(f"The evaluation stopped: {error}\n")
    finally:
        results = [result for entry in chosen if (result := ledger.result_of(entry)) is not None]
        text = report(corpus, chosen, results)
        _tell(f"\n{text}")
        _write(settings.folder / "report.txt", text)
    if runner is not None and runner.out_of_budget:
        _tell(f"\nThe budget of ${settings.budget_dollars:.2f} leaves no room for one more entry.")
    served = {entry.id for entry in chosen if entry.simulator}
    broken = [one for one in results if one.simulated and one.entry in served and not one.succeeded]
    return 0 if len(results) == len(chosen) and not broken else 1


@asynccontextmanager
async def _address(settings: Settings, config: StackConfig) -> AsyncIterator[tuple[str, str]]:
    """Address and key of the stack that is running, or of one started for this, whose apps are kept."""
    if settings.url is not None and settings.key is not None:
        yield settings.url, settings.key
        return
    state = settings.folder / "stack"
    ports = StackConfig.temporary(state).ports
    _tell(f"Model: {'the simulator, as no key of a vendor is set' if config.simulated else config.model}")
    async with Stack(dataclasses.replace(config, state=state, ports=ports)) as stack:
        yield stack.api_url, stack.api_key


def _identity(config: StackConfig) -> tuple[str, str]:
    """Model and prompt of the stack that is started from these sources."""
    return ("simulator" if config.simulated else config.model), PROMPT_VERSION


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def _tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
