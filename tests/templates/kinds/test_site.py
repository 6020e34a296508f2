"""The kind `site`: pages that are there before any script has run, and are taken over by it."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from builder.domain.serving import ORIGIN, Asked, Site
from templates.settings import PACKAGED_CONTENT
from tests.templates.conftest import Build
from tests.templates.test_app_in_browser import APP_ID, POLICY, complaints

from .conftest import Look

KIND = "site"
pytestmark = pytest.mark.xdist_group("kind-site")

KINDS = {"document": "Document", "script": "Script", "style": "Stylesheet", "font": "Font", "image": "Image"}
ARTICLE = "/articles/light-first"
PAGES = {
    "/": "Fernhill Studio · Interiors that live well",
    "/about": "About · Fernhill Studio",
    "/articles": "Journal · Fernhill Studio",
    ARTICLE: "Light first, furniture later · Fernhill Studio",
    "/contact": "Contact · Fernhill Studio",
}


@pytest.fixture(scope="module")
def url(app: Path) -> Iterator[str]:
    yield from served(app / "dist")


def served(dist: Path) -> Iterator[str]:
    """As a deployment answers, under the policy that operators are shown."""
    files = {str(path.relative_to(dist)): path.read_bytes() for path in dist.rglob("*") if path.is_file()}
    site = Site(files, APP_ID)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind = KINDS.get(self.headers.get("sec-fetch-dest", ""), "Fetch")
            asked = Asked("GET", f"{ORIGIN}{self.path}", kind, self.headers.get("accept", "*/*"))
            answer = site.answer(asked)
            assert answer is not None
            self.send_response(answer.status)
            for name, value in {**answer.headers, "content-security-policy": POLICY}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(base64.b64decode(answer.body))

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_fit_to_be_seen(look: Look, path: str) -> None:
    look(path)


def test_an_address_without_a_page_is_told_of_accessibly(page: Page, url: str, axe: str) -> None:
    found = complaints(page)
    page.goto(f"{url}/nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    page.evaluate(axe)
    assert page.evaluate("axe.run(document).then(({ violations }) => violations.map(({ id }) => id))") == []
    assert len(found) == 1  # the browser's own word for the status
    assert "404" in found[0]
    page.get_by_role("link", name="Go to the home page").click()
    expect(page).to_have_title(PAGES["/"])


def test_every_page_is_there_without_scripts(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path, title in PAGES.items():
        answer = page.goto(f"{url}{path}")
        assert answer is not None
        assert answer.status == 200
        expect(page).to_have_title(title)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        link = page.locator('link[rel="canonical"]')
        expect(link).to_have_attribute("href", f"{ORIGIN}{path}")
        description = page.locator('meta[name="description"]').get_attribute("content")
        assert description
        assert page.locator('meta[property="og:title"]').get_attribute("content") == title
    page.goto(f"{url}{ARTICLE}")
    expect(page.get_by_role("heading", name="What to write down")).to_be_visible()
    missing = page.goto(f"{url}/nowhere")
    assert missing is not None
    assert missing.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    expect(page.locator('meta[name="robots"]')).to_have_attribute("content", "noindex")
    context.close()


def test_pages_are_taken_over_as_they_are(browser: Browser, url: str) -> None:
    page = browser.new_page(color_scheme="dark")
    found = complaints(page)
    remember = "window.first = document.querySelector('h1')"
    page.add_init_script(
        f"addEventListener('readystatechange', () => {{ window.first ?? ({remember}) }}, true)"
    )
    for path in PAGES:
        page.goto(f"{url}{path}")
        # Until React has the page it says what it says in light colours: nobody knew when it was made.
        expect(page.get_by_role("button", name="Use light colours")).to_be_visible()
        assert page.evaluate("window.first !== null && window.first === document.querySelector('h1')"), path
    assert found == []
    page.close()


def test_going_on_tells_of_the_next_page_in_the_head(page: Page, url: str) -> None:
    found = complaints(page)
    page.goto(url)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Journal").click()
    expect(page).to_have_title(PAGES["/articles"])
    page.get_by_role("link", name="Light first").click()
    expect(page).to_have_title(PAGES[ARTICLE])
    expect(page.locator('link[rel="canonical"]')).to_have_attribute("href", f"{url}{ARTICLE}")
    expect(page.locator('meta[property="og:title"]')).to_have_attribute("content", PAGES[ARTICLE])
    expect(page.locator('meta[name="description"]')).to_have_count(1)
    assert found == []


def test_a_phones_menu_opens_over_the_page_and_closes_by_key(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(url)
    page.get_by_role("button", name="Open the menu").click()
    expect(page.get_by_role("link", name="About").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    page.get_by_role("button", name="Open the menu").press("Enter")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Contact").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Write to us")
    page.close()


def taken_over(part: Locator) -> Locator:
    """Once React has it: until then it is there to be read alone."""
    has_it = "part => Object.keys(part).some((key) => key.startsWith('__reactProps'))"
    part.page.wait_for_function(has_it, arg=part.element_handle())
    return part


def test_questions_open_and_the_form_says_what_is_missing(page: Page, url: str) -> None:
    page.goto(url)
    taken_over(page.get_by_role("button", name="Do you travel?")).press("Enter")
    expect(page.get_by_text("Within two hours of the studio")).to_be_visible()
    page.goto(f"{url}/contact")
    taken_over(page.get_by_label("Name")).fill("Ada")
    page.get_by_label("E-mail").fill("nowhere")
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Please give an address that we can answer to.")).to_be_visible()
    expect(page.get_by_text("A few more words help")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Message").fill("A room with a long view, please.")
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_role("status")).to_have_text(
        "Your mail program has the message now. Please send it from there."
    )


def test_robots_find_every_page(app: Path) -> None:
    tree = ET.fromstring((app / "dist/sitemap.xml").read_text())
    found = {element.text for element in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    assert {f"{{{{APP_URL}}}}{path}" for path in PAGES} <= found
    assert "Sitemap: {{APP_URL}}/sitemap.xml" in (app / "dist/robots.txt").read_text()


def test_a_page_that_needs_a_browser_is_made_there_and_the_others_are_not(
    build: Build, tmp_path: Path, browser: Browser
) -> None:
    overlay = tmp_path / "overlay"
    pages = overlay / "pages"
    pages.mkdir(parents=True)
    page = "export function {name}() {{ return <><h1>Wide</h1><p>{{{shown}}}</p></>; }}\n"
    (pages / "About.tsx").write_text(
        "const WIDTH = window.innerWidth;\n" + page.format(name="About", shown="WIDTH")
    )
    (pages / "Contact.tsx").write_text(page.format(name="Contact", shown="window.innerWidth"))
    dist = build(overlay, template=KIND)
    shells = {path: (dist / path / "index.html").read_text() for path in ("about", "contact")}
    assert all('<div id="root"></div>' in shell for shell in shells.values())
    assert "<title>About · Fernhill Studio</title>" in shells["about"]
    assert "Light first" in (dist / "articles/index.html").read_text()
    assert not (dist / "200.html").exists()  # every address is known
    for url in served(dist):
        shown = browser.new_page(viewport={"width": 800, "height": 600})
        found = complaints(shown)
        for path in ("/about", "/contact"):
            shown.goto(f"{url}{path}")
            expect(shown.get_by_text("800", exact=True)).to_be_visible()
        assert found == []
        shown.close()


def test_an_address_that_no_file_can_have_opens_in_the_browser(build: Build, tmp_path: Path) -> None:
    routes = (PACKAGED_CONTENT / KIND / "src/routes.tsx").read_text()
    entries = "articles.map(({ slug }) => ({ slug }))"
    assert entries in routes
    (tmp_path / "routes.tsx").write_text(
        routes.replace(entries, f'[...{entries}, {{ slug: "what\'s-new" }}]')
    )
    dist = build(tmp_path, template=KIND)
    assert (dist / "200.html").is_file()
    assert (dist / "articles/light-first/index.html").is_file()
    assert "what" not in (dist / "sitemap.xml").read_text()
