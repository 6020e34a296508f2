"""Pictures that are made for an app: where they go, and what is refused before anybody is paid for one."""

from typing import Any

import pytest

from common.contracts import RunMode
from common.contracts.source import MAX_FILE_BYTES
from orchestrator.domain.placing import NOT_MADE
from orchestrator.domain.tools import next_calls
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.workspace import Workspace
from tests.pictures import PNG, webp, webp_lossless

HEATH = webp_lossless(64, 48)


def call(path: str = "public/heath.webp", **more: Any) -> dict[str, Any]:
    arguments = {"prompt": "A wide heath", "path": path, **more}
    return {"id": "t", "name": "generate_image", "input": arguments}


def workspace(**changes: Any) -> Workspace:
    old = FileRef.of(b"old")
    tree = Tree({"public/old.webp": old, "public/page.html": old})
    return Workspace(tree, ("src/ui/**",), contents={old.digest: b"old"}, paints=True, **changes)


@pytest.mark.parametrize("path", ["public/heath.webp", "src/assets/Heath.WEBP", "public/old.webp"])
def test_a_picture_becomes_a_file(path: str) -> None:
    made = workspace()
    assert made.wanted_picture(call(path, size="1536x1024")) is not None
    made.made = HEATH
    (outcome,) = made.carry_out([call(path)])
    assert not outcome.is_error, outcome.text
    assert made.contents[made.tree[path].digest] == HEATH
    assert made.unbuilt
    made.forget()
    assert made.made is None


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (call("public/heath.png"), "has to end with .webp"),
        (call("public/heath"), "has to end with .webp"),
        (call("heath.webp"), "go below public/ or src/"),
        (call("dist/heath.webp"), "written by the build"),
        (call("public/../heath.webp"), "are not allowed"),
        (call("src/ui/heath.webp"), "locked"),
        (call("public/page.html/heath.webp"), "is a file"),
        (call(prompt=""), "prompt"),
        (call(prompt="a" * 2_001), "prompt"),
        (call(size="64x64"), "size"),
        (call(quality="high"), "quality"),
    ],
)
def test_what_has_no_place_is_refused_before_it_is_made(refused: dict[str, Any], told: str) -> None:
    made = workspace()
    assert made.wanted_picture(refused) is None
    before = made.tree
    (outcome,) = made.carry_out([refused])
    assert outcome.is_error
    assert told in outcome.text
    assert made.tree == before


@pytest.mark.parametrize("mode", [RunMode.PLAN, RunMode.ASK])
def test_nothing_is_made_where_nothing_may_be_written(mode: RunMode) -> None:
    assert workspace(mode=mode).wanted_picture(call()) is None


def test_nothing_is_made_where_nobody_paints() -> None:
    nobody = workspace()
    nobody.paints = False
    assert nobody.wanted_picture(call()) is None
    (outcome,) = nobody.carry_out([call()])
    assert "There is no tool 'generate_image'" in outcome.text


def test_a_call_in_vain_is_not_asked_for_a_third_time() -> None:
    made = workspace(made="There is none.")
    for _ in range(2):
        assert made.wanted_picture(call()) is not None
        assert made.carry_out([call()])[0].text == "There is none."
    assert made.wanted_picture(call()) is None
    assert "three times" in made.carry_out([call()])[0].text


def test_without_a_picture_the_model_is_told_to_go_on() -> None:
    (outcome,) = workspace().carry_out([call()])
    assert (outcome.is_error, outcome.text, outcome.path) == (True, NOT_MADE, "public/heath.webp")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (webp(b"VP8L", HEATH[20:] + bytes(MAX_FILE_BYTES)), "at most 1,000,000"),
        (PNG, "has to end with .png"),
        (b"<svg/>", "no PNG, JPEG, WebP or GIF"),
    ],
)
def test_what_is_no_picture_of_an_app_is_kept_out(content: bytes, told: str) -> None:
    made = workspace(made=content)
    (outcome,) = made.carry_out([call()])
    assert outcome.is_error
    assert told in outcome.text
    assert "public/heath.webp" not in made.tree


def test_calls_for_pictures_are_answered_one_by_one() -> None:
    read = {"id": "r", "name": "read_file", "input": {"path": "src/App.tsx"}}
    assert next_calls([read, call(), call()]) == [read]
    assert next_calls([call(), call("public/b.webp"), read]) == [call()]
