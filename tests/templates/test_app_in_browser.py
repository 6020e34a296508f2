"""What people meet in an app made from the template: a real build in a real browser."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pydantic import JsonValue

from common.contracts.env import fill_env
from tests.deploy.docs import DOCS, codes, section

from .conftest import Build

(POLICY,) = (
    " ".join(found.split())
    for found in codes(section(DOCS / "operations.md", "## What browsers are told to guard"))
    if found.startswith("default-src")
)
CHROMIUM = Path("/usr/bin/chromium")
APP_ID = "testapp00001"
SAVED = f"{APP_ID}:books"
ENV: dict[str, JsonValue] = {"APP_ID": APP_ID}


class Handler(SimpleHTTPRequestHandler):
    """Serves a build as a deployment does: its entries put in, unknown paths answered by index.html.

    Under the policy that operators are shown, which allows no script in the page itself.
    """

    def do_GET(self) -> None:
        found = Path(self.translate_path(self.path))
        if found.is_file() and found.name != "index.html":
            super().do_GET()
            return
        page = fill_env((Path(self.directory) / "index.html").read_bytes(), ENV)
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-security-policy", POLICY)
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *arguments: Any) -> None:
        pass


def serve(dist: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(dist))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def placeholder(build: Build) -> Iterator[str]:
    yield from serve(build())


@pytest.fixture(scope="module")
def books(build: Build) -> Iterator[str]:
    yield from serve(build(Path(__file__).parent / "app"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: run 'apt-get install -y chromium' as root")
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def complaints(page: Page) -> list[str]:
    """Everything the page complains about from now on."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def add(page: Page, title: str) -> None:
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Add book").click()


def saved(page: Page, key: str = SAVED) -> Any:
    return json.loads(page.evaluate("key => localStorage.getItem(key)", key) or "null")


def test_the_placeholder_shows_without_complaints_or_foreign_requests(page: Page, placeholder: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    found = complaints(page)
    page.goto(placeholder)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert found == []
    assert all(url.startswith(placeholder) for url in requested)


def test_an_unknown_address_shows_the_404_page_with_a_way_home(page: Page, placeholder: str) -> None:
    found = complaints(page)
    page.goto(f"{placeholder}/no/such/page")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_text("/no/such/page")).to_be_visible()
    page.get_by_role("link", name="Go to the home page").click()
    expect(page.get_by_role("heading", name="Ready to be built")).to_be_visible()
    assert found == []


def test_keyboard_and_screen_reader_find_their_way(page: Page, books: str) -> None:
    page.goto(books)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    menu = page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link")).to_have_text(["Home", "Books", "Broken"])
    menu.get_by_role("link", name="Books").click()
    expect(menu.get_by_role("link", name="Books")).to_have_attribute("aria-current", "page")
    expect(menu.get_by_role("link", name="Home")).not_to_have_attribute("aria-current", "page")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page).to_have_title("Books · App")


def test_a_phone_shows_every_page_without_sideways_scrolling(browser: Browser, books: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 700})
    for path in ("/", "/books", "/nowhere"):
        page.goto(f"{books}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(browser: Browser, books: str, scheme: Any) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{books}/books")
    add(page, "Emma")
    page.get_by_label("Done: Emma").check()
    add(page, "Ulysses")
    ratios = page.evaluate(CONTRASTS)
    assert len(ratios) > 8
    assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}
    page.close()


def test_utilities_of_an_app_win_over_a_component(page: Page, books: str) -> None:
    page.goto(f"{books}/books")
    assert page.get_by_label("Rating").evaluate("field => getComputedStyle(field).width") == "160px"


def test_entries_are_added_changed_removed_and_kept(page: Page, books: str) -> None:
    found = complaints(page)
    page.goto(f"{books}/books")
    expect(page.get_by_text("No books yet")).to_be_visible()
    add(page, "Emma")
    add(page, "Ulysses")
    page.get_by_label("Done: Emma").check()
    page.reload()
    expect(page.get_by_label("Done: Emma")).to_be_checked()
    expect(page.get_by_label("Done: Ulysses")).not_to_be_checked()
    page.get_by_role("button", name="Remove Ulysses").click()
    expect(page.get_by_text("1 on the shelf")).to_be_visible()
    (entry,) = saved(page)
    assert (entry["title"], entry["rating"], entry["done"]) == ("Emma", 3, True)
    assert entry["id"]
    assert entry["createdAt"].endswith("Z")
    assert found == []


def test_two_tabs_show_the_same_list_and_lose_nothing(context: BrowserContext, books: str) -> None:
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        page.goto(f"{books}/books")
    add(one, "Emma")
    expect(two.get_by_label("Done: Emma")).to_be_visible()
    add(two, "Ulysses")
    expect(one.get_by_text("2 on the shelf")).to_be_visible()
    two.evaluate("localStorage.clear()")
    expect(one.get_by_text("No books yet")).to_be_visible()


@pytest.mark.parametrize("damaged", ["{not json", '{"a": 1}', "[1, null]", '[{"title": "without an id"}]'])
def test_an_unreadable_list_starts_empty_and_the_old_text_is_kept(
    page: Page, books: str, damaged: str
) -> None:
    page.goto(books)
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [SAVED, damaged])
    page.goto(f"{books}/books")
    expect(page.get_by_role("alert")).to_contain_text('"books" could not be read')
    add(page, "Emma")
    expect(page.get_by_text("1 on the shelf")).to_be_visible()
    assert page.evaluate("key => localStorage.getItem(key)", f"{SAVED}:unreadable") == damaged
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_full_browser_is_said_and_the_form_keeps_its_text(page: Page, books: str) -> None:
    page.goto(f"{books}/books")
    add(page, "Emma")
    expect(page.get_by_text("1 on the shelf")).to_be_visible()
    page.evaluate(FILL)
    add(page, "Ulysses")
    expect(page.get_by_role("alert")).to_contain_text("the space this browser gives the app is full")
    expect(page.get_by_label("Title")).to_have_value("Ulysses")
    expect(page.get_by_text("1 on the shelf")).to_be_visible()
    assert [entry["title"] for entry in saved(page)] == ["Emma"]


def test_a_broken_page_says_so_and_the_menu_still_works(page: Page, books: str) -> None:
    found = complaints(page)
    page.goto(f"{books}/broken")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("the shelf fell down")
    expect(alert.get_by_role("button", name="Reload the page")).to_be_visible()
    assert any("the shelf fell down" in message for message in found)
    page.get_by_role("link", name="Books").click()
    expect(page.get_by_role("heading", name="Books")).to_be_visible()


def test_without_a_deployment_the_app_has_the_id_dev(
    page: Page, books: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENV, "APP_ID", "{{APP_ID}}")
    page.goto(f"{books}/books")
    add(page, "Emma")
    expect(page.get_by_text("1 on the shelf")).to_be_visible()
    assert [entry["title"] for entry in saved(page, "dev:books")] == ["Emma"]


def test_public_variables_reach_the_app_with_their_types(
    page: Page, books: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto(f"{books}/prices")
    expect(page.get_by_role("heading", name="EUR 4 as ever")).to_be_visible()
    values: dict[str, JsonValue] = {
        "CURRENCY": "</script><script>document.title='taken'</script><!--<script>&amp;\u2028\u2029\0",
        "MOST": 7.5, "SALE": True, "NONE": None, "LIST": [1, "2", {"constructor": [], "3": False}],
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setitem(ENV, name, value)
    found = complaints(page)
    page.goto(f"{books}/prices")
    expect(page.get_by_role("heading", name="8.5 reduced")).to_be_visible()
    assert page.evaluate("window.ENV") == ENV
    assert page.evaluate("Object.isFrozen(window.ENV)")
    assert "taken" not in page.title()
    assert found == []


@pytest.mark.parametrize("storage", ["with storage", "without storage"])
@pytest.mark.parametrize("gone", ["once", "for good"])
def test_a_page_whose_part_is_gone_is_loaded_anew_once(
    page: Page, books: str, storage: str, gone: str
) -> None:
    reloads: list[str] = []
    page.on("console", lambda message: reloads.append(message.text) if message.type == "debug" else None)
    page.add_init_script(WATCH_RELOADS)
    if storage == "without storage":
        page.add_init_script(NO_STORAGE)
    times = 1 if gone == "once" else None
    page.route("**/assets/Late-*.js", lambda route: route.fulfill(status=404), times=times)
    last = "reloads: true" if gone == "once" else "reloads: false"
    with page.expect_console_message(lambda message: message.text == last):
        page.goto(f"{books}/late", wait_until="commit")
    if gone == "once":
        expect(page.get_by_role("heading", name="Better late")).to_be_visible()
        assert reloads == ["reloads: true"]
    else:
        expect(page.get_by_role("alert")).to_contain_text("Failed to fetch dynamically imported module")
        assert reloads == ["reloads: true", "reloads: false"]


def test_a_page_without_a_network_stays(page: Page, books: str) -> None:
    page.goto(books)
    page.context.set_offline(True)
    page.evaluate("history.pushState(null, '', '/late'); dispatchEvent(new PopStateEvent('popstate'))")
    expect(page.get_by_role("alert")).to_contain_text("Failed to fetch dynamically imported module")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


WATCH_RELOADS = """addEventListener("vite:preloadError", (event) => {
  queueMicrotask(() => console.debug(`reloads: ${event.defaultPrevented}`));
});"""

NO_STORAGE = """Object.defineProperty(window, "sessionStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});"""

FILL = """() => {
  for (let size = 1 << 22; size >= 1; size >>= 1) {
    try {
      for (let n = 0; ; n++) localStorage.setItem(`fill-${size}-${n}`, "x".repeat(size));
    } catch {}
  }
}"""

# The contrast of every text that is shown, as WCAG 2 computes it, by the text.
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (colour) => {
    const [r, g, b] = [...rgba(colour)].slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backdrop = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return rgba(colour)[3] === 255 || !element.parentElement ? colour : backdrop(element.parentElement);
  };
  const ratios = {};
  const walker = document.createTreeWalker(document.getElementById("root"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element.closest(":disabled, option") || !walker.currentNode.data.trim()) continue;
    const pair = [luminance(getComputedStyle(element).color), luminance(backdrop(element))];
    ratios[walker.currentNode.data] = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  }
  return ratios;
}"""
