"""Every decision is one page of the same form (docs/decisions/README.md)."""

import datetime as dt
import re
from pathlib import Path

import pytest

from tests.house.files import ROOT

FOLDER = ROOT / "docs" / "decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Alternatives refused", "Consequences"]
MOST_LINES = 60
HEAD = re.compile(r"# (\d+)\. (.+)\n\n- Date: (\S+)\n- Status: (.+)\n")
STATUS = re.compile(r"accepted|superseded by \[\d+\]\((\d{4}-[\w-]+\.md)\)")
ALTERNATIVE = re.compile(r"- \*\*.+?\*\*[^:\n]*: \S")


def head(page: Path) -> re.Match[str]:
    found = HEAD.match(page.read_text(encoding="utf-8"))
    assert found, f"{page.name} does not begin with '# N. Title', its date and its status"
    return found


def sections(page: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_decisions_are_numbered_without_gaps() -> None:
    assert [page.name[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]
    assert [int(head(page)[1]) for page in PAGES] == [int(page.name[:4]) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_a_date_and_a_status(page: Path) -> None:
    assert dt.date.fromisoformat(head(page)[3])
    status = STATUS.fullmatch(head(page)[4])
    assert status, f"'{head(page)[4]}' is neither accepted nor superseded by a page"
    assert status[1] is None or (FOLDER / status[1]).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_tells_its_alternatives_on_one_page(page: Path) -> None:
    found = sections(page)
    assert list(found) == SECTIONS
    assert all(text.strip() for text in found.values())
    items = [line for line in found["Alternatives refused"].splitlines() if line.startswith("- ")]
    assert items
    assert [item for item in items if not ALTERNATIVE.match(item)] == []
    assert len(page.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_list_of_decisions_is_complete() -> None:
    listed = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \|$",
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert listed == [(head(page)[1], head(page)[2], page.name, head(page)[4]) for page in PAGES]
