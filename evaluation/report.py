"""The results as a table by kind of app, with what failed and why below it."""

import statistics
from collections.abc import Iterable, Iterator, Sequence

from evaluation.corpus import Corpus, Entry
from evaluation.results import Result

COLUMNS = (
    "kind", "apps", "success", "checks", "failed runs", "repairs", "median s", "p95 s",
    "input", "cached", "output", "$", "$/success",
)  # fmt: skip
SIMULATED = (
    "THE SIMULATOR WROTE THESE APPS: it follows fixed rules, so the figures say nothing about any model.\n"
    "They show that the platform, the corpus and its checks work."
)
LEGEND = (
    "success: apps that passed every check, without a failed run. repairs: errors sent back to the model.\n"
    "s: from the prompt to the end of the last run. input: tokens not read from the cache. $: at list prices."
)


def report(corpus: Corpus, chosen: Sequence[Entry], results: Sequence[Result]) -> str:
    """For people. `results` are those of the entries chosen, as far as there are any."""
    lines = [*_heading(corpus, chosen, results), ""]
    kinds = [kind for kind in corpus.titles if any(result.kind == kind for result in results)]
    rows = [row(kind, [result for result in results if result.kind == kind]) for kind in kinds]
    if len(kinds) != 1 and results:
        rows.append(row("all", results))
    lines += [*_table([COLUMNS, *rows]), "", LEGEND] if rows else ["There are no results yet."]
    lines += _failures(results)
    return "\n".join(lines)


def row(name: str, results: Sequence[Result]) -> tuple[str, ...]:
    """A line of the table, a text for each of COLUMNS."""
    successes = sum(result.succeeded for result in results)
    checks = [check for result in results for check in result.checks]
    passed = sum(check.problem is None for check in checks)
    costs = [result.microdollars for result in results if result.microdollars is not None]
    dollars = sum(costs) / 1e6 if len(costs) == len(results) else None
    seconds = [result.seconds for result in results]
    return (
        name,
        str(len(results)),
        f"{successes} ({successes / len(results):.0%})",
        f"{passed}/{len(checks)}",
        str(sum(run.failed for result in results for run in result.runs)),
        f"{sum(result.repairs for result in results) / len(results):.2f}",
        f"{statistics.median(seconds):.1f}",
        f"{_p95(seconds):.1f}",
        f"{sum(result.tokens.input for result in results):,}",
        f"{sum(result.tokens.cached for result in results):,}",
        f"{sum(result.tokens.output for result in results):,}",
        "unknown" if dollars is None else f"{dollars:.2f}",
        "-" if dollars is None or not successes else f"{dollars / successes:.3f}",
    )


def _p95(seconds: Sequence[float]) -> float:
    if len(seconds) == 1:
        return seconds[0]
    return statistics.quantiles(seconds, n=100, method="inclusive")[94]


def _heading(corpus: Corpus, chosen: Sequence[Entry], results: Sequence[Result]) -> Iterator[str]:
    if any(result.simulated for result in results):
        yield from (SIMULATED, "")
    yield f"{len(results)} of {len(chosen)} entries evaluated; the corpus has {len(corpus.entries)}."
    for name, found in (
        ("model", {result.model for result in results}),
        ("prompt", {result.prompt for result in results}),
        ("template", {result.template for result in results}),
    ):
        yield f"{name:<9} {', '.join(sorted(found)) or '-'}"
    beyond = [entry.id for entry in corpus.entries if not entry.simulator]
    if any(result.simulated for result in results) and beyond:
        yield f"The simulator cannot serve {len(beyond)}: {', '.join(beyond)}"


def _failures(results: Iterable[Result]) -> Iterator[str]:
    for result in results:
        if result.succeeded:
            continue
        yield f"\n{result.entry} {result.url or ''}".rstrip()
        for run in result.runs:
            if run.failed:
                yield f"  run {run.state}: {run.message or ''} ({run.code or 'no code'})"
        for check in result.problems:
            yield f"  {check.name}: {check.problem}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(cells[index]) for cells in rows) for index in range(len(COLUMNS))]
    for name, *cells in rows:
        numbers = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        yield "  ".join([f"{name:<{widths[0]}}", *numbers])
