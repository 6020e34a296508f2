"""The kind `board`: cards that are moved by mouse, finger and keyboard, and where each of them stands."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.templates.conftest import Build
from tests.templates.edge import KEY, URL, Edge
from tests.templates.test_app_in_browser import APP_ID, ENV, complaints, serve

from .conftest import Evaluate, Look

KIND = "board"
pytestmark = pytest.mark.xdist_group("kind-board")


def cards_in(page: Page, column: str) -> Locator:
    return page.get_by_role("region", name=column, exact=True).get_by_role("article").get_by_role("heading")


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_attached()


def kept(page: Page, title: str) -> dict[str, Any]:
    rows = json.loads(page.evaluate("key => localStorage.getItem(key)", f"{APP_ID}:cards"))
    (found,) = (row for row in rows if row["title"] == title)
    return dict(found)


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def with_a_card_open(page: Page) -> None:
    page.get_by_role("button", name="Sketch the new start page", exact=True).click()
    expect(page.get_by_role("dialog", name="Edit card")).to_be_visible()


def with_a_card_picked_up(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Move Choose a name").press("Space")
    said(page, "Choose a name is picked up.")


def test_the_board_has_nothing_wrong_in_any_size_and_theme(look: Look) -> None:
    look("/", with_a_card_open, with_a_card_picked_up)


def test_the_keyboard_moves_a_card_and_says_where_it_is(page: Page, url: str) -> None:
    found = complaints(page)
    page.goto(url)
    grip = page.get_by_role("button", name="Move Choose a name")
    before = kept(page, "Choose a name")
    grip.press("Space")
    said(page, "Choose a name is picked up. Done, place 1 of 2.")
    page.keyboard.press("ArrowLeft")
    said(page, "In progress, place 1 of 3.")
    page.keyboard.press("ArrowDown")
    expect(grip).to_be_focused()
    assert kept(page, "Choose a name") == before
    page.keyboard.press("Escape")
    said(page, "Choose a name stays where it was.")
    expect(cards_in(page, "Done")).to_have_text(["Choose a name", "Open the shared calendar"])
    expect(grip).to_be_focused()
    for key in ("Enter", "ArrowLeft", "ArrowLeft", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    said(page, "Choose a name is put down. To do, place 2 of 3.")
    page.reload()
    expect(cards_in(page, "To do").nth(1)).to_have_text("Choose a name")
    assert found == []


def test_the_mouse_moves_a_card_within_a_column_and_to_another(page: Page, url: str) -> None:
    page.goto(url)
    lower = middle(cards_in(page, "Ideas").nth(1))
    page.mouse.move(*middle(cards_in(page, "Ideas").nth(0)))
    page.mouse.down()
    page.mouse.move(*lower, steps=5)
    said(page, "Ideas, place 2 of 2.")
    page.mouse.up()
    expect(cards_in(page, "Ideas")).to_have_text(["A page for the press", "Newsletter for spring"])
    expect(page.get_by_role("article")).to_have_count(8)  # the one that was dragged came to rest
    page.mouse.move(*middle(cards_in(page, "Ideas").nth(1)))
    page.mouse.down()
    last_x, last_y = middle(cards_in(page, "Done").last)
    page.mouse.move(last_x, last_y + 100, steps=5)
    said(page, "Done, place 3 of 3.")
    page.mouse.up()
    expect(cards_in(page, "Done").nth(2)).to_have_text("Newsletter for spring")
    assert kept(page, "Newsletter for spring")["stage"] == "done"


def test_a_finger_that_rests_takes_a_card_along(browser: Browser, url: str) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(url)
    touch = context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    x, y = middle(cards_in(page, "Done").nth(0))
    send("touchStart", (x, y))
    said(page, "Choose a name is picked up.")
    column_x, column_y = middle(page.get_by_role("region", name="To do"))
    send("touchMove", ((x + column_x) / 2, column_y))
    send("touchMove", (column_x, column_y + 5))
    said(page, "To do, place")
    send("touchEnd")
    expect(cards_in(page, "To do").filter(has_text="Choose a name")).to_be_visible()
    context.close()


def test_a_card_is_added_edited_found_removed_and_put_back(page: Page, url: str) -> None:
    found = complaints(page)
    page.goto(url)
    page.get_by_role("button", name="Add to In progress").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Add card").click()
    expect(form.get_by_text("Say what is to be done.")).to_be_visible()
    form.get_by_label("Title").fill("Paint the door")
    form.get_by_label("Person").select_option("Mei Tanaka")
    form.get_by_label("Due").fill("2031-04-05")
    form.get_by_role("button", name="Urgent").click()
    for step in ("Buy paint", "Find brushes"):
        form.get_by_role("button", name="Add a step").click()
        form.get_by_role("textbox", name="Step").last.fill(step)
    form.get_by_role("checkbox", name="Step 1 is done").click()
    form.get_by_role("button", name="Add card").click()
    expect(form).to_have_count(0)
    expect(cards_in(page, "In progress").last).to_have_text("Paint the door")
    page.get_by_role("search").get_by_role("button", name="Urgent").click()
    page.get_by_label("Search cards").fill("door")
    shown = page.get_by_role("article")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("1/2")
    expect(page.get_by_role("region", name="In progress")).to_contain_text("3 of 3")
    page.get_by_role("button", name="Paint the door", exact=True).click()
    form.get_by_label("Column").select_option("Done")
    form.get_by_role("button", name="Save").click()
    expect(cards_in(page, "Done")).to_have_text(["Paint the door"])
    page.get_by_role("button", name="Paint the door", exact=True).click()
    form.get_by_role("button", name="Remove", exact=True).click()
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(cards_in(page, "Done")).to_have_text(["Paint the door"])
    page.get_by_role("button", name="Show all").click()
    expect(shown).to_have_count(9)
    assert found == []


def test_a_column_says_when_it_is_too_full(page: Page, url: str) -> None:
    page.goto(url)
    for title in ("Ask ten customers what they miss", "Photographs of the workshop"):
        page.get_by_role("button", name=f"Move {title}").press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
    expect(page.get_by_role("region", name="In progress")).to_contain_text("4 of 3 cards, over the limit")
    expect(page.get_by_text("has more than 3 cards now")).to_be_visible()
    expect(page.get_by_role("region", name="To do")).to_contain_text("Nothing here.")


PASSWORD = "a long password"
ANNA = "anna@example.com"


@pytest.fixture(scope="module")
def shared(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board whose cards are a table's."""
    overlay = tmp_path_factory.mktemp("shared")
    (overlay / "lib").mkdir()
    none = "{ [_ in never]: never }"
    types: tuple[str, ...] = (
        "Tables: { cards: { Row: object; Insert: object; Update: object; Relationships: [] } }",
    )
    types += tuple(f"{kind}: {none}" for kind in ("Views", "Functions", "Enums", "CompositeTypes"))
    (overlay / "lib/database.types.ts").write_text(
        f"export type Database = {{ public: {{ {'; '.join(types)} }} }};\n"
        'export const tables = ["cards"] as const;\n'
    )
    yield from serve(build(overlay, KIND))


def row(title: str, stage: str, rank: str, user: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"notes": "", "labels": [], "due": None, "person": None, "checklist": []}
    about = {"id": title, "user_id": user, "created_at": f"2026-01-01T00:00:00.{rank}+00:00"}
    return {**about, "title": title, "stage": stage, "rank": rank, **empty}


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("E-mail address").fill(ANNA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


@pytest.fixture
def edge(context: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> Edge:
    for name, value in {"SUPABASE_URL": URL, "SUPABASE_PUBLISHABLE_KEY": KEY}.items():
        monkeypatch.setitem(ENV, name, value)
    edge = Edge()
    edge.serve(context)
    user = edge.account(ANNA, PASSWORD)["user"]["id"]
    edge.rows += [row("Water the plants", "todo", "i", user), row("Call the bank", "doing", "i", user)]
    return edge


def test_people_who_sign_in_share_a_board_and_see_what_others_change(
    page: Page, shared: str, edge: Edge
) -> None:
    page.clock.install()
    sign_in(page, shared)
    expect(cards_in(page, "To do")).to_have_text(["Water the plants"])
    expect(page.get_by_text("These cards are examples")).to_have_count(0)
    page.get_by_role("button", name="Move Water the plants").press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(cards_in(page, "In progress")).to_have_text(["Call the bank", "Water the plants"])
    plants, bank = edge.rows
    expect(page.get_by_role("group", name="Account")).to_contain_text(ANNA)
    bank["stage"] = "done"  # by somebody else
    page.clock.fast_forward(11_000)
    expect(cards_in(page, "Done")).to_have_text(["Call the bank"])
    assert (plants["stage"], plants["rank"] > "i") == ("doing", True)
    page.get_by_role("button", name="Call the bank", exact=True).click()
    bank |= {"stage": "todo", "rank": "c"}  # while it is being edited
    page.get_by_label("Title").fill("Write to the bank")
    page.get_by_role("button", name="Save").click()
    expect(cards_in(page, "To do")).to_have_text(["Write to the bank"])
    assert (bank["title"], bank["stage"], bank["rank"]) == ("Write to the bank", "todo", "c")


def test_a_move_that_the_database_refuses_is_undone_and_told(page: Page, shared: str, edge: Edge) -> None:
    sign_in(page, shared)
    edge.refuse["PATCH"] = (403, {"code": "42501", "message": "new row violates row-level security policy"})
    page.get_by_role("button", name="Move Water the plants").press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("was not saved: you are not allowed to do that")).to_be_visible()
    expect(cards_in(page, "To do")).to_have_text(["Water the plants"])
    assert edge.rows[0]["stage"] == "todo"


RANKS = """
const { rankBetween, byRank } = await load("board/moves.ts");
let seed = 7;
const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
const ranks = [];
for (let times = 0; times < 3000; times++) {
  const at = random(ranks.length + 1);
  ranks.splice(at, 0, rankBetween(ranks[at - 1], ranks[at]));
}
const steps = (next) => {
  let rank;
  for (let times = 0; times < 1000; times++) rank = next(rank);
  return rank.length;
};
return {
  sorted: ranks.every((rank, at) => at === 0 || ranks[at - 1] < rank),
  odd: ranks.filter((rank) => !/^[0-9a-z]*[1-9a-z]$/.test(rank)),
  atTheEnd: steps((rank) => rankBetween(rank, undefined)),
  atTheStart: steps((rank) => rankBetween(undefined, rank)),
  same: rankBetween("i", "i") > "i",
  none: [[undefined, "0"], ["", ""], ["000", "a"], ["a", "a0"], ["Z", "ä"], [null, undefined]].map(
    ([after, before]) => rankBetween(after, before),
  ),
};
"""


def test_between_any_two_ranks_is_another_and_they_stay_short(evaluate: Evaluate) -> None:
    found = evaluate(RANKS)
    assert found["sorted"]
    assert found["odd"] == []
    assert found["same"]
    assert max(found["atTheEnd"], found["atTheStart"]) < 40
    assert found["none"] == ["i", "i", "9", "b", "i", "i"], "what is no rank counts as missing"


MOVES = """
const { arrange, moved, stepped, placeOf, lastRank } = await load("board/moves.ts");
const card = (id, stage, rank) => ({ id, stage, rank });
const cards = [
  card("b", "one", "m"), card("a", "one", "c"), card("c", "two", "i"), card("lost", "gone", "z"),
];
const begin = arrange(cards, ["one", "two", "three"]);
const place = (arrangement, id, known = cards) => placeOf(arrangement, id, known);
const strange = (stage) => {
  const rows = [card("no", stage, "000"), card("null", "one", null), card("yes", "one", "y")];
  const columns = arrange(rows, ["one", "two"]);
  const place = placeOf(moved(columns, "no", "one", 0), "no", rows);
  return { ...columns, place, last: lastRank(rows, "one") };
};
return {
  begin,
  down: stepped(begin, "a", "down").one, top: stepped(begin, "a", "up") === begin,
  right: stepped(begin, "b", "right").two, edge: stepped(begin, "c", "left").one,
  far: moved(begin, "a", "three", 9).three, nowhere: moved(begin, "a", "four", 0) === begin,
  stays: place(begin, "a"), between: place(moved(begin, "c", "one", 1), "c"),
  alone: place(moved(begin, "a", "three", 0), "a"),
  removed: place(moved(begin, "a", "two", 1), "a", cards.filter(({ id }) => id !== "c")),
  last: lastRank(cards, "one"),
  strange: strange("constructor"),
  tied: placeOf({ one: ["a", "new", "b", "c"] }, "new", [
    card("a", "one", "a"), card("b", "one", "a"), card("c", "one", "c"), card("new", "two", "x"),
  ]),
};
"""


def test_a_move_changes_the_moved_card_alone(evaluate: Evaluate) -> None:
    found = evaluate(MOVES)
    assert found["begin"] == {"one": ["a", "b", "lost"], "two": ["c"], "three": []}
    assert found["down"] == ["b", "a", "lost"]
    assert found["right"] == ["c", "b"]
    assert found["edge"] == ["c", "a", "b", "lost"]
    assert found["far"] == ["a"]
    assert found["top"]
    assert found["nowhere"]
    assert found["stays"] is None
    assert found["between"]["stage"] == "one"
    assert "c" < found["between"]["rank"] < "m"
    assert found["alone"]["stage"] == "three"
    assert found["removed"]["stage"] == "two"
    assert found["last"] > "m"
    assert found["strange"]["one"] == ["yes", "no", "null"], "what no board writes stands behind the others"
    assert found["strange"]["place"]["rank"] < "y" < found["strange"]["last"]
    assert "a" < found["tied"]["rank"] < "c"
