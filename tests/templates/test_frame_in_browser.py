"""What stands around an app's pages: parts that are loaded, layouts, the way to a page, and the theme."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Build
from .test_app_in_browser import APP_ID, browser, complaints, context, page, serve

__all__ = ["browser", "context", "page"]

PHONE = {"width": 390, "height": 844}
DARK = re.compile(r"\bdark\b")


@pytest.fixture(scope="module")
def shelves(build: Build) -> Iterator[str]:
    yield from serve(build(Path(__file__).parent / "shelves"))


def test_a_pages_part_is_loaded_when_somebody_is_about_to_go_there(page: Page, shelves: str) -> None:
    parts: list[str] = []
    page.on("request", lambda request: parts.extend(re.findall(r"assets/(Shel\w+)-", request.url)))
    page.goto(shelves)
    link = page.get_by_role("link", name="Shelves", exact=True)
    expect(link).to_be_visible()
    assert parts == []
    with page.expect_request("**/assets/Shelves-*.js"):
        link.hover()
    link.click()
    expect(page.get_by_role("heading", name="Shelves")).to_be_visible()
    assert parts == ["Shelves"]


def test_the_way_to_a_page_and_its_title_come_from_its_route(page: Page, shelves: str) -> None:
    found = complaints(page)
    page.goto(f"{shelves}/shelves")
    page.get_by_role("link", name="The first one").click()
    expect(page.get_by_role("heading", name="This is a b")).to_be_visible()
    expect(page).to_have_title("Shelf a b · App")
    expect(page.get_by_role("main")).to_be_focused()
    way = page.get_by_role("navigation", name="Breadcrumb")
    expect(way.get_by_role("listitem")).to_have_text(["Home", "Shelves", "Shelf a b"])
    way.get_by_role("link", name="Shelves").click()
    expect(page.get_by_role("heading", name="Shelves")).to_be_visible()
    assert found == []


def test_a_phone_opens_the_menu_of_each_layout_and_goes_where_it_leads(
    browser: Browser, shelves: str
) -> None:
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    page.goto(shelves)
    expect(page.get_by_role("link", name="Shelves")).to_have_count(0)
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("link", name="Shelves").click()
    expect(page.get_by_role("heading", name="Shelves")).to_be_visible()
    page.get_by_role("button", name="Open the menu").click()
    drawer = page.get_by_role("dialog", name="Main")
    drawer.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Ready to be built")).to_be_visible()
    expect(drawer).to_have_count(0)
    page.close()


def test_the_theme_is_chosen_remembered_and_set_before_the_app_runs(page: Page, shelves: str) -> None:
    found = complaints(page)
    page.goto(shelves)
    root = page.locator("html")
    expect(root).not_to_have_class(DARK)
    page.get_by_role("button", name="Use dark colours").click()
    expect(root).to_have_class(DARK)
    assert found == []
    page.route("**/assets/index-*.js", lambda route: route.abort())
    page.reload(wait_until="commit")
    expect(root).to_have_class(DARK)
    page.unroute_all()
    page.reload()
    page.get_by_role("button", name="Use light colours").click()
    expect(root).not_to_have_class(DARK)
    # That is what the device prefers, which is followed from now on.
    assert page.evaluate("key => localStorage.getItem(key)", f"{APP_ID}:theme") == "system"
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_class(DARK)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_another_tab_follows_the_choice(page: Page, shelves: str) -> None:
    page.goto(shelves)
    other = page.context.new_page()
    other.goto(shelves)
    page.get_by_role("button", name="Use dark colours").click()
    expect(other.locator("html")).to_have_class(DARK)
