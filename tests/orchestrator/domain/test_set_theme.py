"""The tool that gives an app its look, as the model calls it."""

from typing import Any

import pytest

from common.contracts import RunMode
from orchestrator.domain.theme.presets import PRESETS
from orchestrator.domain.tools import ToolOutcome
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.workspace import Workspace

THEME = "src/theme.css"
TEMPLATES = b":root {\n  --primary: #2f5bea;\n}\n"


def workspace(**changes: Any) -> Workspace:
    ref = FileRef.of(TEMPLATES)
    return Workspace(Tree({THEME: ref}), ("src/ui/**",), contents={ref.digest: TEMPLATES}, **changes)


def call(app: Workspace, **arguments: Any) -> ToolOutcome:
    (outcome,) = app.carry_out([{"id": "t", "name": "set_theme", "input": arguments}])
    return outcome


def text_of(app: Workspace) -> str:
    return app.contents[app.tree[THEME].digest].decode()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_written_and_its_contrasts_told(preset: str) -> None:
    app = workspace()
    outcome = call(app, preset=preset)
    assert not outcome.is_error, outcome.text
    assert (outcome.path, list(outcome.files)) == (THEME, [THEME])
    assert outcome.text.startswith("ok rev:")
    assert "least contrast of text" in outcome.text
    assert f'set_theme {{"preset": "{preset}"}}' in text_of(app)
    assert app.unbuilt


def test_a_wish_for_another_look_changes_what_it_names() -> None:
    app = workspace()
    call(app, preset="paper", primary="#1d4ed8")
    before = text_of(app)
    outcome = call(app, radius="round")
    assert "Asked for until now: preset paper, primary #1d4ed8, radius round." in outcome.text
    changed = set(text_of(app).splitlines()) - set(before.splitlines())
    assert {line.split(":")[0].strip() for line in changed if line.startswith("  ")} == {"--radius"}


def test_a_colour_that_could_not_be_read_is_told() -> None:
    outcome = call(workspace(), primary="FC1")
    assert "light: primary #ffcc11 became #" in outcome.text
    assert "dark: primary" not in outcome.text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "Nothing was asked for"),
        ({"primary": "red"}, "give the colour as hex digits, such as #2f5bea"),
        ({"accent": "oklch(0.6 0.2 20)"}, "give the colour as hex digits"),
        ({"preset": "fancy"}, "'daylight'"),
        ({"radius": 4}, "radius"),
        ({"colour": "#fff"}, "colour"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_what_to_send(arguments: dict[str, Any], told: str) -> None:
    app = workspace()
    outcome = call(app, **arguments)
    assert outcome.is_error
    assert told in outcome.text
    assert text_of(app) == TEMPLATES.decode()


def test_the_same_theme_again_is_no_change() -> None:
    app = workspace()
    call(app, preset="meadow")
    outcome = call(app, preset="meadow")
    assert outcome.is_error
    assert "nothing was changed" in outcome.text


def test_an_app_without_the_file_is_told_where_its_colours_are() -> None:
    app = Workspace(Tree({"src/index.css": FileRef.of(b"")}))
    outcome = call(app, preset="meadow")
    assert outcome.is_error
    assert "src/index.css" in outcome.text


def test_a_file_that_is_no_text_is_written_anew() -> None:
    ref = FileRef.of(b"\xff\xfe\x00")
    app = Workspace(Tree({THEME: ref}), contents={ref.digest: b"\xff\xfe\x00"})
    assert not call(app, preset="meadow").is_error


def test_a_locked_theme_stays() -> None:
    app = workspace()
    app.locked = (THEME,)
    outcome = call(app, preset="meadow")
    assert outcome.is_error
    assert "locked" in outcome.text


@pytest.mark.parametrize("mode", [RunMode.PLAN, RunMode.ASK])
def test_nothing_is_written_where_nothing_may_be(mode: RunMode) -> None:
    assert call(workspace(mode=mode), preset="meadow").is_error


def test_its_file_is_read_before_it_is_called() -> None:
    app = workspace()
    app.contents.clear()
    calls = [{"id": "t", "name": "set_theme", "input": {"preset": "meadow"}}]
    assert app.missing(calls) == {app.tree[THEME].digest}
