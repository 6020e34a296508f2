"""What authors of templates are told by `python -m dev.templates check`, each fault on a page that has it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.async_api import TimeoutError as NotInTimeError

from dev.browser import chromium
from dev.templates.__main__ import main
from dev.templates.check import AXE, Eyes, Verdict, _check
from dev.templates.layout import installed
from dev.templates.locks import unjustified
from dev.templates.pages import NOWHERE, Seen, in_time, look
from dev.templates.sizes import first_load
from templates.settings import PACKAGED_CONTENT

from .conftest import PROJECT
from .test_app_in_browser import serve

GOOD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Good</title>'
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
    '<script type="application/json">{{"APP_ID":"{{{{APP_ID}}}}"}}</script></head>'
    "<body><main><h1>Good</h1>{body}</main></body></html>"
)
PAGES = {
    "index.html": GOOD.format(
        body='<a href="/linked.html">A page</a><p><a href="/entry/1">1</a></p><p><a href="/entry/2">2</a></p>'
    ),
    "linked.html": GOOD.format(body='<div style="width: 1000px">Wide</div><script>absent()</script>'),
    "dark.html": GOOD.format(
        body="<p>Faint</p><style>@media (prefers-color-scheme: dark) { p { color: #eee } }</style>"
    ),
    "sitemap.xml": "<urlset><url><loc>https://app.test/dark.html</loc></url></urlset>",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    dist = tmp_path_factory.mktemp("dist")
    for name, text in PAGES.items():
        (dist / name).write_text(text)
    yield from serve(dist)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def seen(site: str, pictures: Path) -> Seen:
    async def looked() -> Seen:
        axe = installed(AXE) / "axe-core/axe.min.js"
        async with chromium() as browser:
            return await look(browser, site, axe.read_text(), pictures)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, looked()).result()


def test_pages_are_found_by_links_and_by_the_sitemap(seen: Seen, pictures: Path) -> None:
    assert seen.paths == ["/", "/dark.html", "/linked.html", "/entry/1"]
    names = {path.name for path in pictures.iterdir()}
    assert {"home-1280-light.png", "home-390-dark.png", "dark.html-390-dark.png"} <= names
    assert len(names) == 4 * len([*seen.paths, NOWHERE])


def test_each_fault_is_told_with_its_page_window_and_theme(seen: Seen) -> None:
    assert {fault.partition(" in ")[0] for fault in seen.violations} == {
        f"/dark.html, {width} px, dark: color-contrast" for width in (1280, 390)
    }
    assert {fault.partition(", ")[0] for fault in seen.complaints} == {"/linked.html"}
    assert all("absent is not defined" in fault for fault in seen.complaints)
    assert [fault.partition(": ")[0] for fault in seen.overflows] == [
        f"/linked.html, 390 px, {scheme}" for scheme in ("light", "dark")
    ]


@pytest.mark.parametrize("name", [path.parent.name for path in PACKAGED_CONTENT.glob("*/template.json")])
def test_every_locked_file_of_ours_has_a_reason(name: str) -> None:
    assert unjustified(PACKAGED_CONTENT / name) == []


def test_a_lock_without_a_reason_and_a_reason_without_a_lock_are_told(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small/template.json").write_text(json.dumps({"locked": ["a.ts", "b/**"]}))
    assert len(unjustified(tmp_path / "small")) == 2
    rows = "## other\n| `b/**` | of another |\n\n## small\n| `a.ts` | a reason |\n| `c.ts` | gone |\n"
    (tmp_path / "LOCKED.md").write_text(f"# Locks\n\n{rows}")
    assert unjustified(tmp_path / "small") == [
        "b/** is locked and LOCKED.md has no reason",
        "LOCKED.md has a reason for c.ts, which is not locked",
    ]


def test_a_first_load_is_what_the_page_names(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(
        '<script src="/assets/a.js"></script><link rel="modulepreload" href="/assets/b.js">'
        '<link rel="stylesheet" href="/assets/c.css">'
    )
    for name, size in {"a.js": 1_000, "b.js": 200, "c.css": 30, "later.js": 5_000}.items():
        (tmp_path / "assets" / name).write_bytes(bytes(size))
    script, style, sent = first_load(tmp_path)
    assert (script, style) == (1_200, 30)
    assert 0 < sent < 300


def test_a_verdict_is_a_row_and_its_faults_are_lines() -> None:
    verdict = Verdict("small", {"locks": [], "build": [], "size": ["too big"]}, kilobytes=130.2)
    assert verdict.row() == "| small | ok | ok | 130.2 1 wrong | - | - | - | - | - |"
    assert list(verdict.details()) == ["small: size: too big"]


def test_a_template_that_cannot_be_read_is_told_of_as_any_other_fault(tmp_path: Path) -> None:
    async def host(dist: Path) -> str:
        raise AssertionError(dist)

    (tmp_path / "small").mkdir()
    (tmp_path / "small/template.json").write_text("{")
    verdict = asyncio.run(_check(tmp_path / "small", host, Eyes("", None, None, 0)))
    assert verdict.row() == "| small | - | 1 wrong | - | - | - | - | - | - |"


@pytest.mark.parametrize("error", [NotInTimeError("Timeout 60000ms exceeded.\nCall log:"), TimeoutError()])
def test_a_page_that_is_not_there_in_time_is_a_fault_and_the_others_are_looked_at(error: Exception) -> None:
    seen = Seen([])
    for path in ("/slow", "/slower"):
        with in_time(path, seen):
            raise error
    assert [told.partition(": ")[0] for told in seen.complaints] == ["/slow", "/slower"]
    assert all("60" in told and "\n" not in told for told in seen.complaints)


def test_what_cannot_be_written_down_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dev.templates", "sizes", "--kit", "--write"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--write is for the table of kinds" in capsys.readouterr().err


def test_a_template_that_is_not_there_is_told_before_anything_is_built(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dev.templates", "check", "--content", str(tmp_path), "absent"]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "absent: no template" in ended.stderr
