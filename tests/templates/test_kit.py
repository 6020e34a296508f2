"""The components that apps are made of: each in both themes, by keyboard, and as models write them."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from builder.clients.browser.pool import axe_files
from templates.settings import PACKAGED_CONTENT
from tests.builder.browsers import dependencies

from .conftest import PROJECT, Build
from .test_app_in_browser import browser, complaints, context, page, serve

__all__ = ["browser", "context", "page"]

KIT = PACKAGED_CONTENT / "vite-react" / "src" / "components" / "ui"
PREVIEW = PROJECT / "services" / "templates" / "preview"
SNIPPETS = sorted((Path(__file__).parent / "snippets").glob("*.tsx"))
# What components are made of, other names of one, and parts that stand in one with more.
PARTS = {"part", "sidebar-menu", "sidebar-sheet", "sidebar-tooltip", "toaster"}
WIDE: ViewportSize = {"width": 1280, "height": 900}
OPENERS = {
    "Open dialog": "dialog",
    "Delete account": "alertdialog",
    "Open sheet": "dialog",
    "Open drawer": "dialog",
    "Open popover": "dialog",
    "Open menu": "menu",
}


@pytest.fixture(scope="module")
def kit(build: Build) -> Iterator[str]:
    yield from serve(build(PREVIEW, mode="production"))


@pytest.fixture(scope="module")
def axe() -> str:
    # Playwright has a loop running in this thread.
    with ThreadPoolExecutor(1) as thread:
        modules = thread.submit(asyncio.run, dependencies().prepare(axe_files())).result()
    return (modules / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def snippets(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app with a page for each snippet, unchanged."""
    overlay = tmp_path_factory.mktemp("snippets")
    (overlay / "snippets").mkdir()
    entries = []
    for snippet in SNIPPETS:
        (overlay / "snippets" / snippet.name).write_text(snippet.read_text())
        entries.append(f'  "/{snippet.stem}": lazy(() => import("./snippets/{snippet.stem}")),')
    (overlay / "App.tsx").write_text(
        'import { lazy, Suspense, type ComponentType } from "react";\n\n'
        "const pages: Record<string, ComponentType> = {\n" + "\n".join(entries) + "\n};\n\n"
        "export function App() {\n"
        "  const Page = pages[window.location.pathname];\n"
        '  return <main><Suspense fallback="Loading">{Page && <Page />}</Suspense></main>;\n'
        "}\n"
    )
    yield from serve(build(overlay))


def violations(page: Page, axe: str, within: str = "html") -> list[str]:
    page.evaluate(axe)
    found = page.evaluate(
        "async (within) => (await axe.run(within, {resultTypes: ['violations']})).violations", within
    )
    return [f"{each['id']}: {each['nodes'][0]['html'][:300]}" for each in found]


def opened(browser: Browser, url: str, scheme: str = "light") -> Page:
    page = browser.new_page(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce", viewport=WIDE
    )
    page.goto(url)
    expect(page.get_by_role("heading", name="The kit")).to_be_visible()
    return page


def test_every_component_is_shown(browser: Browser, kit: str) -> None:
    page = opened(browser, kit)
    shown = page.locator("[data-component]").evaluate_all("all => all.map(one => one.dataset.component)")
    assert sorted(shown) == sorted(path.stem for path in KIT.glob("*.tsx") if path.stem not in PARTS)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_component(browser: Browser, kit: str, axe: str, scheme: str) -> None:
    page = opened(browser, kit, scheme)
    expect(page.locator("html.dark")).to_have_count(1 if scheme == "dark" else 0)
    assert violations(page, axe) == []
    for name, role in OPENERS.items():
        page.get_by_role("button", name=name, exact=True).click()
        shown = page.locator(f"[role={role}]")
        expect(shown).to_be_visible()
        # The page behind it is hidden then, and was looked at.
        assert violations(page, axe, f"[role={role}]") == [], name
        page.keyboard.press("Escape")
        expect(shown).to_have_count(0)
    page.close()


def test_no_component_is_wider_than_a_phone(browser: Browser, kit: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    page.goto(kit)
    expect(page.get_by_role("heading", name="The kit")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_a_dialog_keeps_the_focus_and_gives_it_back(browser: Browser, kit: str) -> None:
    page = opened(browser, kit)
    opener = page.get_by_role("button", name="Open dialog")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    for name in ("Cancel", "Save", "Close"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    page.close()


STICKING_OUT = """() => {
  const clipped = (part, place) => {
    for (let one = part.parentElement; one !== place; one = one.parentElement)
      if (getComputedStyle(one).overflow !== "visible") return true;
    return false;
  };
  return [...document.querySelectorAll("[data-component]")].flatMap((place) => {
    const room = place.getBoundingClientRect();
    const outside = [...place.querySelectorAll("*")].filter((part) => {
      const box = part.getBoundingClientRect();
      if (box.width < 2 || clipped(part, place)) return false;
      return box.left < room.left || box.right > room.right || box.top < room.top || box.bottom > room.bottom;
    });
    return outside.map((part) => `${place.dataset.component}: ${part.outerHTML.slice(0, 90)}`);
  });
}"""


def test_every_part_stays_within_its_component(browser: Browser, kit: str) -> None:
    page = opened(browser, kit)
    assert page.evaluate(STICKING_OUT) == []
    page.close()


def test_menu_and_select_are_walked_by_arrows_and_letters(browser: Browser, kit: str) -> None:
    page = opened(browser, kit)
    page.get_by_role("button", name="Open menu").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Profile")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Billing")).to_be_focused()
    page.keyboard.press("d")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)

    select = page.get_by_role("combobox", name="Fruit", exact=True)
    select.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=option]", has_text="Apple")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=option]", has_text="Pear")).to_be_focused()
    page.keyboard.press("Enter")
    expect(select).to_have_text("Pear")
    expect(select).to_be_focused()
    page.close()


def test_a_combobox_is_searched_by_keyboard(browser: Browser, kit: str) -> None:
    page = opened(browser, kit)
    combobox = page.get_by_role("combobox", name="Search fruit")
    combobox.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_placeholder("Search…").last).to_be_focused()
    page.keyboard.type("plu")
    expect(page.locator("[role=dialog]").get_by_role("option")).to_have_text(["Plum"])
    page.keyboard.press("Enter")
    expect(combobox).to_have_text("Plum")
    page.close()


def test_tabs_and_accordion_are_walked_by_keyboard(browser: Browser, kit: str) -> None:
    page = opened(browser, kit)
    tabs = page.locator("[data-component=tabs]")
    tabs.get_by_role("tab", name="Account").first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.get_by_role("tab", name="Password").first).to_be_focused()
    expect(tabs.get_by_role("tabpanel").first).to_have_text("Change it here.")

    page.get_by_role("button", name="Is it accessible?").focus()
    page.keyboard.press("ArrowDown")
    second = page.get_by_role("button", name="Does it move?")
    expect(second).to_be_focused()
    page.keyboard.press("Space")
    expect(second).to_have_attribute("aria-expanded", "true")
    page.close()


def test_a_form_says_what_is_wrong_beside_the_field(browser: Browser, kit: str) -> None:
    page = opened(browser, kit)
    page.get_by_role("button", name="Save the list").click()
    field = page.get_by_label("Name of the list")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Others see it. At least two letters.")
    page.close()


def test_both_kinds_of_notice_are_shown_once(page: Page, snippets: str) -> None:
    found = complaints(page)
    page.goto(f"{snippets}/toasts")
    page.get_by_role("button", name="Add to calendar").click()
    expect(page.get_by_text("Scheduled: Catch up")).to_have_count(1)
    page.get_by_role("button", name="Goto schedule to undo").click()
    expect(page.get_by_text("Scheduled: Catch up")).to_have_count(0)
    page.get_by_role("button", name="Show Toast").click()
    expect(page.get_by_text("Event has been created")).to_have_count(1)
    assert found == []


def test_a_sheet_takes_the_sidebars_place_on_a_phone(browser: Browser, snippets: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{snippets}/app-sidebar")
    expect(page.get_by_role("link", name="Inbox")).to_have_count(0)
    page.get_by_role("button", name="Toggle sidebar").click()
    expect(page.get_by_role("dialog", name="Sidebar").get_by_role("link", name="Inbox")).to_be_visible()
    page.close()


def test_there_are_snippets_of_every_kind() -> None:
    text = "\n".join(path.read_text() for path in SNIPPETS)
    assert len(SNIPPETS) >= 25
    unused = [path.stem for path in KIT.glob("*.tsx") if f"/{path.stem}" not in text]
    # These are ours: no model knows them yet, or it knows them as a recipe of other components.
    assert {*unused} <= PARTS | {"data-table", "date-picker", "combobox", "file-upload", "stepper",
                                 "empty-state", "native-select", "kbd"}  # fmt: skip


@pytest.mark.parametrize("name", [path.stem for path in SNIPPETS])
def test_a_snippet_as_models_write_it_works(page: Page, snippets: str, name: str) -> None:
    found = complaints(page)
    page.goto(f"{snippets}/{name}")
    expect(page.locator("main").first).not_to_have_text(re.compile(r"^(Loading)?$"))
    assert found == []
