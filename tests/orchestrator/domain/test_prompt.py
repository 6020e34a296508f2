"""The system prompt speaks of the template as it is: a promise the template breaks costs failed builds."""

import json
import re
from pathlib import Path

import pytest

from common.contracts.source import lock_reason
from orchestrator.domain.prompt import SYSTEM_PROMPT

CONTENT = Path(__file__).parents[3] / "services/templates/templates/content/vite-react"
LOCKED = json.loads((CONTENT / "template.json").read_text())["locked"]


def test_every_component_of_the_library_is_named() -> None:
    exported = re.findall(r"\b([A-Z]\w+)\b", (CONTENT / "src/components/ui/index.ts").read_text())
    for name in {name for name in exported if not name.endswith("Props")}:
        assert re.search(rf"\b{name}\b", SYSTEM_PROMPT), name


@pytest.mark.parametrize("component", ["button", "badge"])
def test_the_variants_are_the_components_own(component: str) -> None:
    source = (CONTENT / f"src/components/ui/{component}.tsx").read_text()
    declared = re.search(r"variant\?: ([^;]+);", source)
    assert declared
    variants = " | ".join(re.findall(r'"(\w+)"', declared[1]))
    assert variants in re.sub(r"\s+", " ", SYSTEM_PROMPT)


def test_every_colour_is_in_the_theme() -> None:
    theme = (CONTENT / "src/index.css").read_text()
    for colour in re.findall(r"\b(?:bg|border|text)-([a-z-]+)", SYSTEM_PROMPT):
        assert f"--color-{colour}:" in theme, colour


def test_the_packages_are_those_installed() -> None:
    installed = json.loads((CONTENT / "package.json").read_text())["dependencies"]
    assert set(installed) == {"react", "react-dom", "react-router"}
    assert "react, react-dom and react-router" in SYSTEM_PROMPT


def test_the_files_it_names_exist_and_are_locked_or_free_as_it_says() -> None:
    for path in ("src/routes.tsx", "src/App.tsx", "src/index.css", "src/pages/Home.tsx"):
        assert (CONTENT / path).is_file()
        assert not lock_reason(path, LOCKED), path
    for path in ("index.html", "package.json", "src/main.tsx", "src/lib/collection.ts", "src/lib/env.ts"):
        assert (CONTENT / path).is_file()
        assert lock_reason(path, LOCKED), path
    assert lock_reason("src/components/ui/button.tsx", LOCKED)
    assert "APP_NAME" in (CONTENT / "src/App.tsx").read_text()
