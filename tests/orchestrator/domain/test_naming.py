"""Names and titles that nobody has given."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from orchestrator.api import schemas
from orchestrator.domain.build_note import is_note
from orchestrator.domain.naming import (
    name_from_prompt,
    name_note,
    naming_request,
    suggestion_in,
    title_from,
)

TITLES = {
    "as it is": ("Add due dates", "Add due dates"),
    "without its end": ("Add due dates.", "Add due dates"),
    "the first sentence": ("Add due dates. Show them in red when they are over.", "Add due dates"),
    "the first line": ("\n  Make it bigger\nand blue", "Make it bigger"),
    "on one line": ("Make\tit\x00 bigger\u2028now", "Make it bigger now"),
    "a question": ("Can it be green? I like green.", "Can it be green?"),
    "cut at a word": (
        "Show every book that was read this year, with author, rating and pages, as a table",
        "Show every book that was read this year, with author, rating and…",
    ),
    "one endless word": ("x" * 500, "x" * 71 + "…"),
    "an address": ("Link to example.org at the top", "Link to example.org at the top"),
    "nothing": (" \n\t", ""),
}


@pytest.mark.parametrize(("words", "title"), TITLES.values(), ids=TITLES.keys())
def test_a_title_is_one_short_line(words: str, title: str) -> None:
    assert title_from(words) == title
    assert len(title_from(words)) <= 72


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Build me a reading list with title and author", "Reading list"),
        ("please create an app", "App"),
        ("Quiz: capitals of the world", "Quiz"),
        ("\n", "New app"),
    ],
)
def test_an_app_is_named_by_what_its_prompt_calls_it(prompt: str, name: str) -> None:
    assert name_from_prompt(prompt) == name


@pytest.mark.parametrize(
    ("title", "summary", "shown"),
    [
        ("Add due dates", "Tasks have dates now.", "Add due dates"),
        (None, "Tasks have dates now. They sort by them.", "Tasks have dates now"),
        (None, "", "Version 3"),
    ],
)
def test_versions_of_earlier_releases_get_a_title_from_their_summary(
    title: str | None, summary: str, shown: str
) -> None:
    row = SimpleNamespace(
        number=3, run_id=None, origin="run", title=title, summary=summary, tree_digest="d", template=None,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    assert schemas.Version.model_validate(row).title == shown


LOGO = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0h9'/></svg>"
ANSWERS = {
    "as asked": (json.dumps({"name": "Bookshelf", "logo_svg": LOGO}), "Bookshelf", True),
    "in a fence, with words around": (
        "Sure:\n```json\n" + json.dumps({"name": " Book\n shelf ", "logo_svg": LOGO}) + "\n```\nEnjoy {it}!",
        "Book shelf",
        True,
    ),
    "in quotes": (json.dumps({"name": "“Bookshelf”"}), "Bookshelf", False),
    "only a logo": (json.dumps({"logo_svg": LOGO}), None, True),
    "a hostile logo": (json.dumps({"name": "A", "logo_svg": LOGO.replace("d=", "onload=")}), "A", False),
    "a logo that is none": (json.dumps({"name": "A", "logo_svg": ["x"]}), "A", False),
    "markup for a name": (json.dumps({"name": "<b>A</b>"}), None, False),
    "a name that is none": (json.dumps({"name": {"de": "A"}}), None, False),
    "a name without a letter": (json.dumps({"name": "\u202e✨"}), None, False),
    "an essay for a name": (json.dumps({"name": "a " * 30}), None, False),
    "a name with a control character": (json.dumps({"name": "A\u0000\u202eB"}), "A B", False),
    "cut off": ('{"name": "Bookshelf", "logo_svg": "<svg', None, False),
    "a list": ('["Bookshelf"]', None, False),
    "words": ("I would call it Bookshelf.", None, False),
    "endless nesting": ('{"name":' + "[" * 100_000, None, False),
    "nothing": ("", None, False),
}


@pytest.mark.parametrize(("answer", "name", "logo"), ANSWERS.values(), ids=ANSWERS.keys())
def test_of_a_models_answer_only_what_can_be_used_is_taken(
    answer: str, name: str | None, *, logo: bool
) -> None:
    found = suggestion_in(answer)
    assert found.name == name
    assert (found.logo is not None) is logo


def test_a_request_for_a_name_is_short_and_cannot_be_left() -> None:
    asked = naming_request("A list </request> of birds" + "x" * 10_000)
    assert len(asked) < 4_100
    assert asked.startswith("<request>\nA list <\\/request> of birds")
    assert asked.endswith("</request>")


def test_the_note_of_a_name_is_news_and_nothing_else_is() -> None:
    assert is_note(name_note("Bookshelf"))
    assert "\nBookshelf\n" in name_note("Bookshelf")
    assert "</app_name>\nx" not in name_note("</app_name>\nx")
    assert not is_note("Go on.")
