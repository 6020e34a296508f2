"""People sign in at a provider by clicking: a real page with supabase-js, in a real browser."""

import secrets
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from dev.browser import chromium
from dev.oidc.launcher import OidcProvider, oidc_provider
from dev.supabase.client import FOLDER
from tests.data.auth.people import app_with
from tests.data.world import App, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

PAGE = Path(__file__).parent / "page"
CLIENT = FOLDER / "node_modules" / "@supabase" / "supabase-js" / "dist" / "umd" / "supabase.js"
PATIENCE = 60_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page."""
    folder = shutil.copytree(PAGE, tmp_path_factory.mktemp("site"), dirs_exist_ok=True)
    shutil.copy(CLIENT, folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider() -> AsyncIterator[OidcProvider]:
    async with oidc_provider() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def opened(world: World, site: str, provider: OidcProvider, browser: Browser) -> tuple[Page, App]:
    """A page whose people can sign in at the provider, in a browser that was never there; and its app."""
    app = await app_with(world, redirect_urls=[f"{site}/**"])
    registered = await provider.register(f"{app.url}/auth/v1/callback")
    ours = {
        "issuer": provider.issuer,
        "client_id": registered.client_id,
        "client_secret": registered.client_secret,
    }
    answer = await world.http.patch(
        f"/internal/realms/{app.app_id}/production/auth", json={"providers": {"ours": ours}}
    )
    answer.raise_for_status()
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{site}/index.html?{urlencode({'url': app.url, 'key': app.key})}")
    await expect(page.get_by_role("status")).to_have_text("Nobody is signed in", timeout=PATIENCE)
    return page, app


async def test_who_signs_in_at_a_provider_comes_back_signed_in_and_stays_so(
    world: World, site: str, provider: OidcProvider, browser: Browser
) -> None:
    page, app = await opened(world, site, provider, browser)
    seen: list[str] = []
    page.on("framenavigated", lambda frame: seen.append(frame.url))
    await page.get_by_role("button", name="Continue with Ours").click()
    name = secrets.token_hex(6)
    await page.get_by_placeholder("Enter any login").fill(name)
    await page.get_by_placeholder("and password").fill("any")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()
    status, welcome = page.get_by_role("status"), f"Signed in as {name}@example.com"
    await expect(status).to_have_text(welcome, timeout=PATIENCE)
    assert "code=" not in page.url, "it is used up, and no bookmark should hold it"
    await page.reload()
    await expect(status).to_have_text(welcome, timeout=PATIENCE)
    hosts = {urlsplit(url).netloc for url in seen}
    assert hosts >= {urlsplit(provider.issuer).netloc, urlsplit(site).netloc}
    assert not any("access_token" in url for url in seen)
    cookies = await page.context.cookies(app.url + "/auth/v1/callback")
    assert [cookie for cookie in cookies if "name" in cookie and "overskill" in cookie["name"]] == []
    await page.context.close()


async def test_who_does_not_want_to_is_told_so_by_the_page(
    world: World, site: str, provider: OidcProvider, browser: Browser
) -> None:
    page, _ = await opened(world, site, provider, browser)
    await page.get_by_role("button", name="Continue with Ours").click()
    await page.get_by_role("link", name="Cancel").click()
    await expect(page.get_by_role("status")).to_have_text("End-User aborted interaction", timeout=PATIENCE)
    await page.context.close()
