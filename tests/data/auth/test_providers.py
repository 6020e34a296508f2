"""Signing in at a real provider, through the running service, as a browser with auth-js does."""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import pytest
import pytest_asyncio

from dev.oidc.launcher import OidcProvider, oidc_provider, sign_in
from dev.supabase.client import SupabaseClient
from tests.data.auth.people import PASSWORD, Visitor, new_address
from tests.data.world import App, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

HERE = "http://localhost:5173/welcome"
VERIFIER = secrets.token_urlsafe(40)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "s256"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider() -> AsyncIterator[OidcProvider]:
    async with oidc_provider() as running:
        yield running


@dataclass
class Site:
    """An app whose people can sign in at the provider as `ours`."""

    world: World
    app: App
    provider: OidcProvider

    @property
    def auth(self) -> str:
        return f"{self.app.url}/auth/v1"

    def visitor(self) -> Visitor:
        return Visitor(self.app, self.world.http)

    async def settings(self, **change: Any) -> None:
        path = f"/internal/realms/{self.app.app_id}/production/auth"
        (await self.world.http.patch(path, json=change)).raise_for_status()

    def authorize(self, **query: str) -> str:
        asked = {"provider": "ours", "redirect_to": HERE, **query}
        return f"{self.auth}/authorize?{urlencode(asked)}"

    async def come_back(self, name: str, **query: str) -> str:
        """Where the browser of somebody ends who signs in at the provider as `name`."""
        async with httpx.AsyncClient(timeout=60) as browser:
            return await sign_in(browser, self.authorize(**query), name, until=HERE)

    async def arrive(self, name: str) -> Visitor:
        """Somebody who is signed in by then, without PKCE."""
        visitor = self.visitor()
        visitor.session = fragment(await self.come_back(name))
        assert "access_token" in visitor.session, visitor.session
        return visitor

    async def user(self, visitor: Visitor) -> dict[str, Any]:
        answer = await visitor.ask("GET", "/user")
        assert answer.status_code == 200, answer.text
        user: dict[str, Any] = answer.json()
        return user


@pytest_asyncio.fixture(loop_scope="session")
async def site(world: World, provider: OidcProvider) -> Site:
    app = await world.app()
    registered = await provider.register(f"{app.url}/auth/v1/callback")
    site = Site(world, app, provider)
    ours = {
        "issuer": provider.issuer,
        "client_id": registered.client_id,
        "client_secret": registered.client_secret,
    }
    await site.settings(providers={"ours": ours}, redirect_urls=["http://localhost:*/**"])
    return site


def fragment(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).fragment).items()}


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_somebody_new_signs_in_and_is_the_same_the_next_time(site: Site) -> None:
    name = secrets.token_hex(6)
    user = await site.user(await site.arrive(name))
    assert user["email"] == f"{name}@example.com"
    assert user["email_confirmed_at"]
    assert user["app_metadata"] == {"provider": "ours", "providers": ["ours"]}
    assert user["user_metadata"]["full_name"] == f"{name} of Example"
    assert [identity["id"] for identity in user["identities"]] == [name]
    assert (await site.user(await site.arrive(name)))["id"] == user["id"]


async def test_with_pkce_the_browser_brings_a_code_only(site: Site) -> None:
    landed = await site.come_back(secrets.token_hex(6), **PKCE)
    assert set(query(landed)) == {"code"}
    assert not fragment(landed)
    visitor = site.visitor()
    body = {"auth_code": query(landed)["code"], "code_verifier": VERIFIER}
    wrong = {**body, "code_verifier": "w" * 50}
    other = query(await site.come_back(secrets.token_hex(6), **PKCE))["code"]
    assert (await visitor.refused("POST", "/token", {**wrong, "auth_code": other}, grant_type="pkce"))[1] == (
        "bad_code_verifier"
    )
    await visitor.enter("POST", "/token", body, grant_type="pkce")
    assert (await visitor.refused("POST", "/token", body, grant_type="pkce"))[1] == "flow_state_not_found"


async def test_what_the_browser_brings_works_once_and_for_it_alone(site: Site) -> None:
    async with httpx.AsyncClient(timeout=60) as browser:
        callback = await sign_in(browser, site.authorize(), "ann", until=f"{site.auth}/callback")
        async with httpx.AsyncClient(timeout=60) as other:
            stolen = (await other.get(callback)).headers["location"]
        assert query(stolen)["error_code"] == "bad_oauth_state"
        assert not stolen.startswith(HERE)
        again = (await browser.get(callback)).headers["location"]
        assert query(again)["error_code"] == "bad_oauth_state"
        fresh = await sign_in(browser, site.authorize(), "ann", until=f"{site.auth}/callback")
        landed = await browser.get(fresh)
        assert "access_token" in fragment(landed.headers["location"])
        twice = (await browser.get(fresh)).headers["location"]
        assert query(twice)["error_code"] == "bad_oauth_state"
        assert "access_token" not in twice
    assert landed.headers["cache-control"] == "no-store"


async def test_the_cookie_of_a_flow_is_seen_by_nobody_else(site: Site) -> None:
    async with httpx.AsyncClient() as browser:
        cookie = (await browser.get(site.authorize())).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert f"path={urlsplit(site.auth).path}/callback" in cookie


async def test_another_apps_flow_is_none_of_this_one(site: Site, world: World) -> None:
    other = await world.app()
    async with httpx.AsyncClient(timeout=60) as browser:
        callback = await sign_in(browser, site.authorize(), "ann", until=f"{site.auth}/callback")
        moved = callback.replace(site.app.ref, other.ref)
        landed = (await browser.get(moved)).headers["location"]
    assert query(landed)["error_code"] == "bad_oauth_state"


async def test_a_verified_address_leads_to_the_account_that_has_proved_it(site: Site) -> None:
    name = secrets.token_hex(6)
    first = await site.arrive(name)
    user = await site.user(first)
    # The same person by another provider of the app: the same issuer under another name.
    registered = await site.provider.register(f"{site.auth}/callback")
    second = {
        "issuer": site.provider.issuer,
        "client_id": registered.client_id,
        "client_secret": registered.client_secret,
    }
    await site.settings(providers={"second": second})
    landed = fragment(await site.come_back(name, provider="second"))
    visitor = site.visitor()
    visitor.session = landed
    both = await site.user(visitor)
    assert both["id"] == user["id"]
    assert both["app_metadata"]["providers"] == ["ours", "second"]


async def test_who_took_an_address_before_its_owner_came_is_out(site: Site) -> None:
    name = secrets.token_hex(6)
    squatter = site.visitor()
    taken = await squatter.sign_up(f"{name}@example.com", data={"full_name": "Not me"})
    owner = await site.arrive(name)
    user = await site.user(owner)
    assert user["id"] == taken["user"]["id"]
    assert user["user_metadata"]["full_name"] == f"{name} of Example"
    assert (await squatter.refused("GET", "/user"))[1] == "session_not_found"
    body = {"email": f"{name}@example.com", "password": PASSWORD}
    assert (await squatter.refused("POST", "/token", body, grant_type="password"))[1] == "invalid_credentials"


async def test_an_unverified_address_is_nobodys(site: Site) -> None:
    name = f"unverified-{secrets.token_hex(6)}"
    holder = site.visitor()
    held = await holder.sign_up(f"{name}@example.com")
    user = await site.user(await site.arrive(name))
    assert user["id"] != held["user"]["id"]
    assert user["email"] == ""
    assert (await site.user(holder))["id"] == held["user"]["id"]


async def test_an_app_that_takes_nobody_new_takes_nobody_new(site: Site) -> None:
    name = secrets.token_hex(6)
    known = await site.user(await site.arrive(name))
    await site.settings(signup_enabled=False)
    landed = await site.come_back(secrets.token_hex(6))
    assert query(landed)["error_code"] == fragment(landed)["error_code"] == "signup_disabled"
    assert (await site.user(await site.arrive(name)))["id"] == known["id"]


async def test_nobody_is_sent_where_the_app_has_not_allowed(site: Site) -> None:
    async with httpx.AsyncClient(timeout=60) as browser:
        url = site.authorize(redirect_to="https://evil.example/")
        callback = await sign_in(browser, url, "ann", until=f"{site.auth}/callback")
        landed = (await browser.get(callback)).headers["location"]
    assert landed.startswith("http://")
    assert "evil" not in landed


@pytest.mark.parametrize("asked", ["", "google", "OURS", "../ours", "o" * 3000])
async def test_an_unknown_provider_is_refused(site: Site, asked: str) -> None:
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(site.authorize(provider=asked))
    assert (answer.status_code, answer.json()["error_code"]) == (400, "validation_failed")


async def test_what_an_app_adds_for_the_provider_cannot_change_the_flow(site: Site) -> None:
    added = {"prompt": "login", "state": "mine", "client_id": "mine", "redirect_uri": "https://evil.example"}
    async with httpx.AsyncClient() as browser:
        sent = query((await browser.get(site.authorize(**added))).headers["location"])
    assert sent["prompt"] == "login"
    assert sent["redirect_uri"] == f"{site.auth}/callback"
    assert "mine" not in sent.values()


async def test_a_refusal_at_the_provider_is_told_to_the_app(site: Site) -> None:
    async with httpx.AsyncClient(timeout=60) as browser:
        started = await browser.get(site.authorize())
        state = query(started.headers["location"])["state"]
        denied = urlencode({"state": state, "error": "access_denied", "error_description": "They said no"})
        landed = (await browser.get(f"{site.auth}/callback?{denied}")).headers["location"]
    assert landed.startswith(HERE)
    assert query(landed)["error"] == "access_denied"
    assert query(landed)["error_description"] == "They said no"


async def test_a_provider_that_is_away_is_told_to_the_app(site: Site) -> None:
    away = {"issuer": "http://127.0.0.1:1", "client_id": "me"}
    await site.settings(providers={"away": away})
    async with httpx.AsyncClient(timeout=60) as browser:
        answer = await browser.get(site.authorize(provider="away"))
    assert answer.status_code == 302
    assert query(answer.headers["location"])["error_code"] == "provider_unavailable"


async def test_a_signed_in_user_adds_a_way_to_sign_in_and_takes_it_away(site: Site) -> None:
    visitor, name = site.visitor(), secrets.token_hex(6)
    session = await visitor.sign_up(new_address())
    asked: dict[str, Any] = {"provider": "ours", "redirect_to": HERE, "skip_http_redirect": True}
    url = (await visitor.ask("GET", "/user/identities/authorize", **asked)).json()["url"]
    async with httpx.AsyncClient(timeout=60) as browser:
        await sign_in(browser, url, name, until=HERE)
    user = await site.user(visitor)
    assert user["id"] == session["user"]["id"]
    assert user["app_metadata"]["providers"] == ["email", "ours"]
    assert (await site.user(await site.arrive(name)))["id"] == user["id"]
    identity = next(one for one in user["identities"] if one["provider"] == "ours")
    path = f"/user/identities/{identity['identity_id']}"
    assert (await visitor.ask("DELETE", path)).status_code == 200
    assert (await site.user(visitor))["app_metadata"]["providers"] == ["email"]
    assert await visitor.refused("DELETE", path) == (404, "identity_not_found")
    left = (await site.user(visitor))["identities"][0]["identity_id"]
    refused = await visitor.refused("DELETE", f"/user/identities/{left}")
    assert refused == (422, "single_identity_not_deletable")


async def test_an_identity_of_somebody_else_cannot_be_added(site: Site) -> None:
    name = secrets.token_hex(6)
    owner = await site.user(await site.arrive(name))
    visitor = site.visitor()
    await visitor.sign_up(new_address())
    asked: dict[str, Any] = {"provider": "ours", "redirect_to": HERE, "skip_http_redirect": True}
    url = (await visitor.ask("GET", "/user/identities/authorize", **asked)).json()["url"]
    async with httpx.AsyncClient(timeout=60) as browser:
        landed = await sign_in(browser, url, name, until=HERE)
    assert query(landed)["error_code"] == "identity_already_exists"
    assert (await site.user(await site.arrive(name)))["id"] == owner["id"]


async def test_only_a_signed_in_user_adds_identities(site: Site) -> None:
    assert (await site.visitor().refused("GET", "/user/identities/authorize", provider="ours"))[1] == (
        "no_authorization"
    )


async def native(site: Site, name: str) -> dict[str, str]:
    """What a native app sends that has exchanged the provider's code itself."""
    nonce = secrets.token_urlsafe(16)
    registered = await site.provider.register(HERE)
    native = {"issuer": site.provider.issuer, "client_id": registered.client_id}
    await site.settings(providers={"native": native})
    asked = {
        "client_id": registered.client_id,
        "redirect_uri": HERE,
        "response_type": "code",
        "scope": "openid email profile",
        "nonce": hashlib.sha256(nonce.encode()).hexdigest(),
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    async with httpx.AsyncClient(timeout=60) as browser:
        url = f"{site.provider.issuer}/auth?{urlencode(asked)}"
        code = query(await sign_in(browser, url, name, until=HERE))["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": HERE,
            "code_verifier": VERIFIER,
        }
        secret = (registered.client_id, registered.client_secret)
        tokens = (await browser.post(urljoin(site.provider.issuer, "/token"), data=form, auth=secret)).json()
    return {
        "provider": "native",
        "id_token": tokens["id_token"],
        "access_token": tokens["access_token"],
        "nonce": nonce,
    }


async def test_an_id_token_that_the_app_got_itself_signs_in(site: Site) -> None:
    name = secrets.token_hex(6)
    visitor, given = site.visitor(), await native(site, name)
    for wrong in (
        {**given, "nonce": "another"},
        {**given, "id_token": given["id_token"][:-4] + "AAAA"},
        {**given, "provider": "ours"},  # the token's audience is another client
    ):
        refused = await visitor.refused("POST", "/token", wrong, grant_type="id_token")
        assert refused == (400, "invalid_credentials")
    session = await visitor.enter("POST", "/token", given, grant_type="id_token")
    assert [identity["id"] for identity in session["user"]["identities"]] == [name]


async def test_an_id_token_is_added_to_the_account_of_who_is_signed_in(site: Site) -> None:
    ann, ben, given = site.visitor(), site.visitor(), await native(site, secrets.token_hex(6))
    linking = {**given, "link_identity": True}
    assert await ann.refused("POST", "/token", linking, grant_type="id_token") == (401, "no_authorization")
    user_id = (await ann.sign_up(new_address()))["user"]["id"]
    session = await ann.enter("POST", "/token", linking, grant_type="id_token")
    assert session["user"]["id"] == user_id
    assert session["user"]["app_metadata"]["providers"] == ["email", "native"]
    await ben.sign_up(new_address())
    refused = await ben.refused("POST", "/token", linking, grant_type="id_token")
    assert refused == (422, "identity_already_exists")
    ben.session = {}
    assert (await ben.enter("POST", "/token", given, grant_type="id_token"))["user"]["id"] == user_id


async def test_supabase_js_signs_in_links_and_unlinks(site: Site, supabase: SupabaseClient) -> None:
    async def run(program: str, **values: object) -> Any:
        given = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
        return await supabase.run(site.app.url, site.app.key, given + program)

    options = {"redirectTo": HERE, "skipBrowserRedirect": True}
    started = await run(
        "return await db.auth.signInWithOAuth({ provider: 'ours', options });", options=options
    )
    async with httpx.AsyncClient(timeout=60) as browser:
        landed = fragment(await sign_in(browser, started["data"]["url"], "cleo", until=HERE))
    session = {name: landed[name] for name in ("access_token", "refresh_token")}
    linking = await run(
        """
        const { data, error } = await db.auth.setSession(session);
        if (error) throw error;
        const linked = await db.auth.linkIdentity({ provider: 'ours', options });
        return { email: data.user.email, url: linked.data.url };
        """,
        session=session,
        options=options,
    )
    assert linking["email"] == "cleo@example.com"
    async with httpx.AsyncClient(timeout=60) as browser:
        await sign_in(browser, linking["url"], "cleo-at-work", until=HERE)
    names = await run(
        """
        await db.auth.setSession(session);
        const { data } = await db.auth.getUserIdentities();
        const gone = await db.auth.unlinkIdentity(data.identities.find((one) => one.id === 'cleo'));
        if (gone.error) throw gone.error;
        const left = await db.auth.getUserIdentities();
        return [data, left.data].map((found) => found.identities.map((one) => one.id));
        """,
        session=session,
    )
    assert names == [["cleo", "cleo-at-work"], ["cleo-at-work"]]
