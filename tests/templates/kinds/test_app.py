"""The kind `app`: a list that is searched and edited, a dashboard that counts along, sign-in with a table."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.templates.test_app_in_browser import complaints

from .conftest import Evaluate, Look

KIND = "app"
pytestmark = pytest.mark.xdist_group("kind-app")


def with_the_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()


def with_the_form(page: Page) -> None:
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("dialog", name="Add a person")).to_be_visible()


def with_the_settings(page: Page) -> None:
    page.keyboard.type("settings")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_the_dashboard_and_the_settings_have_nothing_wrong_in_any_size_and_theme(look: Look) -> None:
    look("/", with_the_palette, with_the_settings)


def test_the_list_has_nothing_wrong_in_any_size_and_theme(look: Look) -> None:
    look("/people", with_the_form)


def test_the_chart_comes_after_the_page_and_accounts_with_their_pages_alone(page: Page, url: str) -> None:
    parts: list[str] = []
    page.on("request", lambda request: parts.extend(re.findall(r"assets/(Growth|supabase)-", request.url)))
    page.goto(url)
    expect(page.locator(".recharts-surface").first).to_be_attached()
    assert "Growth-" not in page.request.get(url).text()
    assert set(parts) == {"Growth"}
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password").fill("long enough")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("this app has no database yet")).to_be_visible()


def test_people_are_added_found_edited_removed_and_put_back(page: Page, url: str) -> None:
    found = complaints(page)
    page.goto(f"{url}/people")
    with_the_form(page)
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Add person").click()
    expect(form.get_by_label("Name")).to_be_focused()
    expect(form.get_by_text("What is their name?")).to_be_visible()
    form.get_by_label("Name").fill("Ada Byron")
    form.get_by_label("E-mail address").fill("Rafael.Costa@example.com")
    form.get_by_role("button", name="Add person").click()
    expect(form.get_by_text("Somebody has this address already.")).to_be_visible()
    form.get_by_label("E-mail address").fill("ada@example.com")
    form.get_by_role("button", name="Add person").click()
    expect(form).to_have_count(0)
    page.get_by_label("Search people").fill("byron")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="More for Ada Byron").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("Role").fill("Analyst")
    page.get_by_role("button", name="Save").click()
    expect(rows.nth(1)).to_contain_text("Analyst")
    page.get_by_role("checkbox", name="Select Ada Byron").click()
    expect(page.get_by_text("1 person selected")).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Nobody is like that")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(rows.nth(1)).to_contain_text("Analyst")
    page.get_by_role("link", name="Ada Byron").click()
    expect(page.get_by_role("heading", name="Ada Byron")).to_be_visible()
    page.get_by_role("navigation", name="breadcrumb").get_by_role("link", name="People").click()
    expect(page.get_by_text("Page 1 of 3")).to_be_visible()
    assert found == []


def test_the_list_is_sorted_filtered_paged_and_its_columns_are_chosen(page: Page, url: str) -> None:
    page.goto(f"{url}/people")
    rows = page.get_by_role("table").get_by_role("row")
    page.get_by_role("button", name="Name", exact=True).click()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    expect(rows.nth(1)).to_contain_text("Aisha Siddiqui")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Page 2 of 3")).to_be_visible()
    page.get_by_label("status").select_option("paused")
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="Show everybody").click()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="role").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Role")).to_have_count(0)


def test_the_keyboard_goes_anywhere_by_name(page: Page, url: str) -> None:
    page.goto(url)
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Where to?").fill("mei tan")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mei Tanaka")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Where to?").fill("add")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Add a person")).to_be_visible()


def test_examples_are_said_to_be_examples_and_do_not_come_back(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Remove them").click()
    expect(page.get_by_text("These people are examples")).to_have_count(0)
    page.goto(f"{url}/people")
    expect(page.get_by_text("Nobody here yet")).to_be_visible()


def test_a_phone_has_the_menu_in_a_sheet(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page.goto(url)
    page.get_by_role("button", name="Toggle sidebar").click()
    page.get_by_role("dialog").get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.close()


FIGURES = """
const { figuresOf, activityOf } = await load("data/figures.ts");
const { growthOf } = await load("data/growth.ts");
const { daysAgo } = await load("data/dates.ts");
const person = (joined, more) =>
  ({ id: String(joined), name: "A", status: "active", joined: daysAgo(joined), lastSeen: "", ...more });
const people = [
  person(1), person(2, { status: "invited" }), person(45), person(90, { lastSeen: daysAgo(1) }),
];
return {
  figures: figuresOf(people), none: figuresOf([]), months: growthOf(people).map(({ total }) => total),
  last: activityOf(people, 2).map(({ person, text }) => [person.id, text]),
};
"""


def test_figures_are_counted_from_the_people(evaluate: Evaluate) -> None:
    found = evaluate(FIGURES)
    assert [(each["value"], each["change"]) for each in found["figures"]] == [
        ("4", 1),
        ("2", 1),
        ("75 %", None),
        ("1", None),
    ]
    assert [each["value"] for each in found["none"]] == ["0", "0", "0 %", "0"]
    assert found["months"] == sorted(found["months"])
    assert found["months"][-1] == 4
    assert found["last"] == [["1", "joined"], ["90", "was here"]]
