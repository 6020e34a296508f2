"""The template's theme is one that the platform makes, of fonts that the template has."""

import json
import re

from orchestrator.domain.theme.brief import Brief, theme_of
from orchestrator.domain.theme.fonts import PAIRS
from orchestrator.domain.theme.presets import DEFAULT, PRESETS
from orchestrator.domain.theme.sheet import THEME_FILE, style_sheet
from tests.simulator.harness import ROOT, TEMPLATE


def test_the_template_has_the_default_preset() -> None:
    assert (TEMPLATE / THEME_FILE).read_text() == style_sheet(theme_of(Brief(preset=DEFAULT)))


def test_every_font_is_a_package_of_the_template() -> None:
    packages = json.loads((TEMPLATE / "package.json").read_text())["dependencies"]
    wanted = {package for pair in PAIRS.values() for package in pair.packages}
    assert wanted <= packages.keys()
    assert {package for package in packages if package.startswith("@fontsource")} == wanted


def test_every_variable_of_a_theme_is_used() -> None:
    source = "".join(
        path.read_text()
        for path in (TEMPLATE / "src").rglob("*")
        if path.suffix in {".css", ".ts", ".tsx"} and path.name != "theme.css"
    )
    names = re.findall(r"^  --([\w-]+):", style_sheet(theme_of(Brief())), re.MULTILINE)
    assert [name for name in set(names) if f"--{name}" not in source] == []


def test_the_guide_shows_every_preset() -> None:
    guide = (ROOT / "docs/guide.md").read_text()
    for name, preset in PRESETS.items():
        row = f"| `{name}` | {preset.look} | {preset.suits} | ![{name}](pictures/themes/{name}.webp) |"
        assert row in guide
        assert (ROOT / f"docs/pictures/themes/{name}.webp").read_bytes()[8:12] == b"WEBP"
