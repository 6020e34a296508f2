"""Names and titles that nobody has given."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from orchestrator.api import schemas
from orchestrator.domain.naming import name_from_prompt, title_from

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
        number=3, run_id=None, origin="run", title=title, summary=summary, tree_digest="d",
        created_at=datetime.now(UTC),
    )  # fmt: skip
    assert schemas.Version.model_validate(row).title == shown
