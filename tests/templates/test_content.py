import gzip
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from dev.templates.sizes import first_load, written_down
from templates.settings import PACKAGED_CONTENT

from .conftest import Build, run

TEMPLATE = PACKAGED_CONTENT / "vite-react"
MOST_BYTES = 120_000
"""Compressed, of what a browser loads before it shows an app's first page."""


def digests(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_every_version_is_pinned_and_the_lock_has_no_address() -> None:
    package = json.loads((TEMPLATE / "package.json").read_text())
    lock = (TEMPLATE / "package-lock.json").read_text()
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    assert '"resolved"' not in lock
    packages = json.loads(lock)["packages"]
    unchecked = [path for path, entry in packages.items() if path and "integrity" not in entry]
    # What is bundled comes inside another package's tarball, under that one's digest.
    assert [path for path in unchecked if not packages[path].get("inBundle")] == []


def test_packages_may_be_given_on_and_run_nothing_when_they_are_installed() -> None:
    packages = json.loads((TEMPLATE / "package-lock.json").read_text())["packages"]
    assert [path for path, entry in packages.items() if entry.get("hasInstallScript")] == []
    shipped = {path: entry["license"] for path, entry in packages.items() if path and not entry.get("dev")}
    free = re.compile(r"MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|OFL-1\.1")
    assert {path: terms for path, terms in shipped.items() if free.sub("", terms).strip(" AND")} == {}


@pytest.mark.parametrize("machine", ["x64", "arm64"])
def test_the_lock_has_the_native_parts_of_common_machines(machine: str) -> None:
    packages = json.loads((TEMPLATE / "package-lock.json").read_text())["packages"]
    for native in (
        f"@rolldown/binding-linux-{machine}-gnu",
        f"@tailwindcss/oxide-linux-{machine}-gnu",
        f"lightningcss-linux-{machine}-gnu",
        f"@typescript/typescript-linux-{machine}",
    ):
        assert f"node_modules/{native}" in packages


def test_both_modes_build_the_same_bytes_anywhere_and_leave_node_modules_alone(
    build: Build, node_modules: Path
) -> None:
    preview = build()
    production = build(mode="production")
    assert preview.parent != production.parent
    assert digests(preview) == digests(production)
    # Assets carry a hash of their content in their name, so they may be cached for ever.
    assets = [path for path in digests(preview) if path.startswith("assets/")]
    assert any(path.endswith(".css") for path in assets)
    assert all(re.fullmatch(r"assets/[\w-]+-[\w-]{8}\.(js|css|woff2)", path) for path in assets)
    assert '{"APP_ID":"{{APP_ID}}"}' in (preview / "index.html").read_text()
    assert not (node_modules / ".vite-temp").exists()
    assert not (node_modules / ".vite").exists()


def test_only_small_images_are_inlined(build: Build, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "small.png").write_bytes(b"\x89PNG" + bytes(1_000))
    (tmp_path / "large.png").write_bytes(b"\x89PNG" + bytes(5_000))
    page = 'import small from "../small.png";\nimport large from "../large.png";\n'
    page += "export function Home() {\n  return <p><img src={small} /><img src={large} /></p>;\n}\n"
    (tmp_path / "pages" / "Home.tsx").write_text(page)
    built = digests(build(tmp_path))
    assert [path.rpartition("-")[0] for path in built if path.endswith(".png")] == ["assets/large"]


def test_components_that_an_app_does_not_import_cost_it_nothing(build: Build, tmp_path: Path) -> None:
    def made(dist: Path, ending: str) -> str:
        return "".join(path.read_text() for path in sorted(dist.glob(f"assets/*.{ending}")))

    without = build()
    (tmp_path / "pages").mkdir()
    page = 'import { SidebarProvider } from "@/components/ui";\n\n'
    page += "export function Home() {\n  return <SidebarProvider>Here</SidebarProvider>;\n}\n"
    (tmp_path / "pages" / "Home.tsx").write_text(page)
    sidebar = build(tmp_path)
    for ending, trace in (("js", "sidebar-wrapper"), ("css", "var(--sidebar-width)")):
        assert trace not in made(without, ending)
        assert trace in made(sidebar, ending)
    # Of the index nothing else came with it.
    assert "menubar-item" not in made(sidebar, "js")


def test_what_stays_the_same_keeps_its_name_when_an_app_changes(build: Build) -> None:
    def vendor(dist: Path) -> list[str]:
        return [path for path in digests(dist) if "vendor" in path]

    assert vendor(build()) == vendor(build(Path(__file__).parent / "app"))


@pytest.mark.parametrize("overlay", [None, "app", "shelves"])
def test_an_ordinary_app_begins_with_little(build: Build, overlay: str | None) -> None:
    dist = build(Path(__file__).parent / overlay if overlay else None)
    parts = re.findall(r'(?:src|href)="/(assets/[^"]+)"', (dist / "index.html").read_text())
    sizes = {part: len(gzip.compress((dist / part).read_bytes())) for part in parts}
    sys.stdout.write(f"{overlay or 'the template alone'}: {sum(sizes.values()):,} bytes of {sizes}\n")
    assert {Path(part).suffix for part in parts} == {".js", ".css"}
    [vendor] = [part for part in parts if "vendor" in part]
    # The router's own forms, which no page here has.
    assert "urlencoded" not in (dist / vendor).read_text()
    assert sum(sizes.values()) < MOST_BYTES


def test_an_app_of_the_release_before_runs_on_this_one(build: Build, tmp_path: Path) -> None:
    former = Path(__file__).parent / "releases/vite-react-1.3.0/src"
    shutil.copytree(Path(__file__).parent / "app", tmp_path, dirs_exist_ok=True)
    for path in ("App.tsx", "index.css", "pages/Home.tsx", "pages/NotFound.tsx"):
        shutil.copy(former / path, tmp_path / path)
    styles = "".join(path.read_text() for path in build(tmp_path).rglob("*.css"))
    assert all(f".{name}" in styles for name in ("ui-button", "ui-link", "nav-link", "skip-link"))


def test_the_build_configuration_type_checks(build: Build) -> None:
    app = build().parent
    run("node", "node_modules/typescript/bin/tsc", "-p", "tsconfig.node.json", cwd=app)


def test_the_authors_guide_says_what_templates_weigh(build: Build) -> None:
    rows = written_down()
    assert set(rows) == {path.parent.name for path in PACKAGED_CONTENT.glob("*/template.json")}
    said = 1000 * float(rows["vite-react"].split(" | ")[-1])
    sent = first_load(build())[2]
    assert abs(sent - said) < 0.03 * said, "run `python -m dev.templates sizes --write`"
