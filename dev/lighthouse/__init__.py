"""Lighthouse, which judges a served page as a phone on a slow network would see it."""

import asyncio
import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.stack.specs import node_binary

HOME = Path(__file__).parent
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SECONDS = 300.0
_SHOWN = 6


@dataclass(frozen=True)
class Scores:
    """Of 100 each, and what cost points, by category."""

    of: dict[str, int]
    faults: dict[str, list[str]]


class LighthouseFailed(Exception):
    """What it printed."""


async def judge(url: str, modules: Path, port: int, runs: int) -> Scores:
    """The run whose performance is the median, in the browser that is debugged at the port."""
    reports = [await _run(url, modules, port) for _ in range(runs)]
    median = statistics.median_low([_points(report, "performance") for report in reports])
    chosen = next(report for report in reports if _points(report, "performance") == median)
    return Scores(
        {name: _points(chosen, name) for name in CATEGORIES},
        {name: _faults(chosen, name) for name in CATEGORIES},
    )


async def _run(url: str, modules: Path, port: int) -> dict[str, Any]:
    command = [
        str(node_binary()), str(modules / "lighthouse/cli/index.js"), url, "--quiet", "--output=json",
        f"--port={port}", "--no-enable-error-reporting", f"--only-categories={','.join(CATEGORIES)}",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SECONDS):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise LighthouseFailed(f"Lighthouse failed: {errors.decode(errors='replace')[-2000:]}")
    report: dict[str, Any] = json.loads(output)
    if problem := report.get("runtimeError"):
        raise LighthouseFailed(f"Lighthouse failed: {problem['message']}")
    return report


def _points(report: dict[str, Any], category: str) -> int:
    return round(100 * (report["categories"][category]["score"] or 0))


def _faults(report: dict[str, Any], category: str) -> list[str]:
    """What weighs most comes first."""
    lost = []
    for reference in report["categories"][category]["auditRefs"]:
        audit = report["audits"][reference["id"]]
        if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
            shown = f" ({audit['displayValue']})" if audit.get("displayValue") else ""
            lost.append((reference["weight"] * (1 - audit["score"]), f"{audit['title']}{shown}"))
    return [title for _, title in sorted(lost, reverse=True)[:_SHOWN]]
