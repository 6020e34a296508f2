"""What a template has to be before it is released, found out on a build of it that is live."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common.testing.tether import free_port
from dev import lighthouse
from dev.browser import chromium
from dev.templates.hosting import Host, hosting
from dev.templates.layout import ROOT, WORK, installed, lay_out, type_check, vite
from dev.templates.locks import unjustified
from dev.templates.pages import look
from dev.templates.sizes import first_load

LIGHTHOUSE = ROOT / "dev/lighthouse"
AXE = ROOT / "services/builder/builder/clients/browser/axe"
"""The one that looks at apps."""
MOST_BYTES = 120_000
"""By gzip, of scripts and styles that a browser loads before the first page shows."""
LEAST = {"performance": 90, "accessibility": 95, "best-practices": 95, "seo": 90}
LEAST_PRERENDERED = dict.fromkeys(LEAST, 95)
"""Of Lighthouse's 100 points; pages that are HTML already have no excuse."""
HEAD = (
    "| template | locks | types, build | first load, kB | pages | axe | console | overflow | "
    "performance, accessibility, best practices, SEO |\n|" + "---|" * 9
)


@dataclass
class Verdict:
    """What was found of a template; a step that came to nothing leaves those behind it out."""

    name: str
    problems: dict[str, list[str]] = field(default_factory=dict)
    kilobytes: float | None = None
    pages: int | None = None
    scores: dict[str, int] | None = None

    def row(self) -> str:
        cells = [
            self._cell("locks"),
            self._cell("build"),
            self._cell("size", f"{self.kilobytes:.1f}" if self.kilobytes else ""),
            str(self.pages or "-"),
            *(self._cell(step) for step in ("axe", "console", "overflow")),
            self._cell("lighthouse", " ".join(map(str, (self.scores or {}).values()))),
        ]
        return f"| {self.name} | {' | '.join(cells)} |"

    def details(self) -> Iterator[str]:
        for step, problems in self.problems.items():
            yield from (f"{self.name}: {step}: {problem}" for problem in problems)

    def _cell(self, step: str, figure: str = "") -> str:
        if step not in self.problems:
            return figure or "-"
        wrong = len(self.problems[step])
        return " ".join(filter(None, (figure, f"{wrong} wrong" if wrong else "" if figure else "ok")))


@dataclass(frozen=True)
class Eyes:
    """What pages are looked at with: axe's script, and Lighthouse's packages, if it is to judge them too."""

    axe: str
    pictures: Path | None
    lighthouse: Path | None
    runs: int


async def check(templates: list[Path], pictures: Path | None, runs: int) -> list[Verdict]:
    """Each template in turn; `runs` of Lighthouse, of which the median counts, or none."""
    axe = await asyncio.to_thread(installed, AXE)
    judge = await asyncio.to_thread(installed, LIGHTHOUSE) if runs else None
    eyes = Eyes((axe / "axe-core/axe.min.js").read_text(), pictures, judge, runs)
    async with hosting() as host:
        return [await _check(template, host, eyes) for template in templates]


async def _check(template: Path, host: Host, eyes: Eyes) -> Verdict:
    verdict = Verdict(template.name)
    try:
        app = await asyncio.to_thread(lay_out, template, WORK / "checked" / template.name)
        verdict.problems["locks"] = unjustified(template)
        dist = await asyncio.to_thread(_build, app)
    except subprocess.CalledProcessError as error:
        verdict.problems["build"] = [((error.stdout or b"") + (error.stderr or b"")).decode(errors="replace")]
        return verdict
    verdict.problems["build"] = []
    script, style, sent = first_load(dist)
    verdict.kilobytes = sent / 1000
    over = f"{sent} bytes ({script} of script and {style} of style, unpacked); {MOST_BYTES} are allowed"
    verdict.problems["size"] = [over] if sent > MOST_BYTES else []
    url = await host(dist)
    async with chromium() as browser:
        seen = await look(browser, url, eyes.axe, _folder(eyes.pictures, template.name))
    verdict.pages = len(seen.paths)
    verdict.problems |= {"axe": seen.violations, "console": seen.complaints, "overflow": seen.overflows}
    if eyes.lighthouse:
        least = LEAST_PRERENDERED if _prerendered(dist) else LEAST
        await _judge(verdict, url, eyes.lighthouse, eyes.runs, least)
    return verdict


def _build(app: Path) -> Path:
    type_check(app)
    vite(app, "build", "--mode", "production", quiet=True)
    return app / "dist"


def _prerendered(dist: Path) -> bool:
    return "<h1" in (dist / "index.html").read_text()


def _folder(pictures: Path | None, name: str) -> Path | None:
    if pictures is None:
        return None
    shutil.rmtree(pictures / name, ignore_errors=True)
    (pictures / name).mkdir(parents=True)
    return pictures / name


async def _judge(verdict: Verdict, url: str, modules: Path, runs: int, least: dict[str, int]) -> None:
    async with chromium(f"--remote-debugging-port={(port := free_port())}"):
        scores = await lighthouse.judge(url, modules, port, runs)
    verdict.scores = scores.of
    verdict.problems["lighthouse"] = [
        f"{name} {points} is below {least[name]}: {'; '.join(scores.faults[name])}"
        for name, points in scores.of.items()
        if points < least[name]
    ]
