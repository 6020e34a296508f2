"""A site, which is built as pages, in real workerd: each has its address, others are not found."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from common.database import Database
from dev.edge.launcher import Edge
from tests.deployer.artifacts import DATA_BLOCK, URL, page, small_app
from tests.deployer.test_runtime import monkeypatch_module
from tests.deployer.workers import App, deployed

__all__ = ["monkeypatch_module"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANONICAL = '<link rel="canonical" href="{{APP_URL}}/about">'
SITE = {
    **small_app("Home"),
    "about/index.html": page(CANONICAL, title="About", env=DATA_BLOCK),
    "team/r&d/index.html": page(title="Research"),
    "404.html": page(title="Not here", env=DATA_BLOCK),
    "sitemap.xml": b"<loc>{{APP_URL}}/about</loc>",
    "robots.txt": b"Sitemap: {{APP_URL}}/sitemap.xml",
    "notes.txt": b"{{APP_URL}}",
    "docs/index.html": page(title="Handbook", env=""),
}
GOES = {"sec_fetch_mode": "navigate", "accept": "text/html"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(edge: Edge, db: Database, monkeypatch_module: pytest.MonkeyPatch) -> AsyncIterator[App]:
    async with deployed(edge, db, monkeypatch_module, SITE) as app:
        yield app


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Home"),
        ("/about", "About"),
        ("/about/", "About"),
        ("/about?q=1", "About"),
        ("/team/r%26d", "Research"),
    ],
)
async def test_every_page_answers_at_its_address(site: App, path: str, title: str) -> None:
    answer = await site.get(path, **GOES)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"<title>{title}<" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    again = await site.get(path, **GOES, if_none_match=answer.headers["etag"])
    assert again.status_code == 304


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
async def test_an_address_without_a_page_is_not_found_and_says_so_to_people(site: App, encoding: str) -> None:
    answer = await site.get("/nowhere/at/all", **GOES, accept_encoding=encoding)
    assert answer.status_code == 404
    assert "<title>Not here<" in answer.text
    assert answer.headers["vary"].endswith("Accept, Sec-Fetch-Dest, Sec-Fetch-Mode")
    head = await site.get("/nowhere/at/all", "HEAD", **GOES, accept_encoding=encoding)
    assert (head.status_code, head.content) == (404, b"")
    part = await site.get("/nowhere/at/all", **GOES, range="bytes=0-3")
    assert (part.status_code, part.headers.get("content-range")) == (404, None)


async def test_a_folders_document_is_where_its_relative_links_begin(site: App) -> None:
    answer = await site.get("/docs?page=2", **GOES)
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs/?page=2")
    assert "<title>Handbook<" in (await site.get("/docs/", **GOES)).text


async def test_search_engines_find_the_app_and_no_copy_of_it(
    site: App, edge: Edge, db: Database, monkeypatch_module: pytest.MonkeyPatch
) -> None:
    paths = ("/", "/nowhere", "/robots.txt", "/docs")
    assert ["x-robots-tag" in (await site.get(path, **GOES)).headers for path in paths] == [False] * 4
    async with deployed(edge, db, monkeypatch_module, SITE, stage="preview") as preview:
        told = [(await preview.get(path, **GOES)).headers.get("x-robots-tag") for path in paths]
        assert told == ["noindex"] * 4
        assert (await preview.get("/", if_none_match="*")).headers["x-robots-tag"] == "noindex"


async def test_code_that_asks_for_data_is_told_in_a_word_that_there_is_none(site: App) -> None:
    answer = await site.get("/nowhere.json", accept="application/json")
    assert (answer.status_code, answer.text) == (404, "Not found\n")


async def test_each_page_knows_the_app_and_where_it_is_found(site: App) -> None:
    about = (await site.get("/about", **GOES)).text
    assert f'{{"APP_ID":"{site.app_id}"}}' in about
    assert f'href="{URL}/about"' in about
    assert site.app_id in (await site.get("/nowhere", **GOES)).text
    assert (await site.get("/sitemap.xml")).text == f"<loc>{URL}/about</loc>"
    assert (await site.get("/robots.txt")).text == f"Sitemap: {URL}/sitemap.xml"
    assert (await site.get("/notes.txt")).text == "{{APP_URL}}"


async def test_where_only_the_apps_code_knows_all_addresses_they_get_its_page_for_that(
    edge: Edge, db: Database, monkeypatch_module: pytest.MonkeyPatch
) -> None:
    files = {**SITE, "200.html": page(title="Open", env=DATA_BLOCK)}
    async with deployed(edge, db, monkeypatch_module, files) as app:
        answer = await app.get("/orders/7", **GOES)
        assert (answer.status_code, "<title>Open<" in answer.text) == (200, True)
        assert "<title>About<" in (await app.get("/about", **GOES)).text
