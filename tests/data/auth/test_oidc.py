"""Sign-in at a real provider: who somebody is, and what of a provider's answers is not believed."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from data.clients.oidc import Client, OpenIDConnect, ProviderAway, ProviderRefused
from data.clients.outside import MAX_BYTES, Forbidden, is_public, outside_client
from data.domain.auth.profiles import Profile, read_profile
from dev.oidc.launcher import OidcProvider, oidc_provider, sign_in

LOCAL = frozenset({"127.0.0.1"})
CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 43
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("oidc"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncIterator[OidcProvider]:
    async with oidc_provider() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def openid() -> AsyncIterator[OpenIDConnect]:
    async with outside_client(LOCAL) as http:
        yield OpenIDConnect(http, LOCAL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(provider: OidcProvider) -> Client:
    registered = await provider.register(CALLBACK)
    return Client(issuer=provider.issuer, client_id=registered.client_id, secret=registered.client_secret)


async def come_back(openid: OpenIDConnect, client: Client, name: str) -> dict[str, str]:
    """The parameters that the provider sends somebody back with."""
    url = await openid.authorization_url(
        client, redirect_uri=CALLBACK, state="st4te", nonce="n0nce", verifier=VERIFIER
    )
    async with httpx.AsyncClient(timeout=30) as browser:
        landed = await sign_in(browser, url, name, until=CALLBACK)
    return {key: values[0] for key, values in parse_qs(urlsplit(landed).query).items()}


async def exchanged(
    openid: OpenIDConnect, client: Client, name: str, *, verifier: str = VERIFIER, nonce: str = "n0nce"
) -> Profile:
    back = await come_back(openid, client, name)
    assert back["state"] == "st4te"
    return await openid.exchange(
        client, code=back["code"], redirect_uri=CALLBACK, verifier=verifier, nonce=nonce
    )


async def test_somebody_signs_in_at_the_provider(openid: OpenIDConnect, client: Client) -> None:
    profile = await exchanged(openid, client, "ann")
    assert (profile.subject, profile.email, profile.email_verified) == ("ann", "ann@example.com", True)
    assert profile.data["full_name"] == "ann of Example"
    assert profile.data["avatar_url"] == "https://example.com/face.png"
    assert profile.data["provider_id"] == "ann"


async def test_an_unverified_address_is_told_apart(openid: OpenIDConnect, client: Client) -> None:
    profile = await exchanged(openid, client, "unverified-bob")
    assert (profile.email, profile.email_verified) == ("unverified-bob@example.com", False)
    assert (await exchanged(openid, client, "nameless")).email is None


async def test_a_code_is_worth_nothing_without_its_verifier_and_nonce(
    openid: OpenIDConnect, client: Client
) -> None:
    with pytest.raises(ProviderRefused, match="invalid_grant"):
        await exchanged(openid, client, "ann", verifier="w" * 43)
    with pytest.raises(ProviderRefused, match="Bad ID token"):
        await exchanged(openid, client, "ann", nonce="another")


async def test_a_code_works_once(openid: OpenIDConnect, client: Client) -> None:
    code = (await come_back(openid, client, "ann"))["code"]
    options = {"code": code, "redirect_uri": CALLBACK, "verifier": VERIFIER, "nonce": "n0nce"}
    assert (await openid.exchange(client, **options)).subject == "ann"
    with pytest.raises(ProviderRefused, match="invalid_grant"):
        await openid.exchange(client, **options)


async def test_a_wrong_secret_is_refused_and_not_shown(openid: OpenIDConnect, client: Client) -> None:
    wrong = Client(issuer=client.issuer, client_id=client.client_id, secret="wr0ng")
    with pytest.raises(ProviderRefused, match="invalid_client") as refused:
        await exchanged(openid, wrong, "ann")
    assert "wr0ng" not in refused.value.message + repr(wrong)


async def test_without_trust_a_provider_on_this_machine_is_not_asked(client: Client) -> None:
    async with outside_client() as http:
        with pytest.raises(ProviderAway):
            await OpenIDConnect(http).authorization_url(
                client, redirect_uri=CALLBACK, state="s", nonce="n", verifier=VERIFIER
            )


# What a dishonest or broken provider answers: a server of ours that says what it is told.

KEY = ECKey.generate_key("P-256", {"kid": "1", "use": "sig"})
OTHER = ECKey.generate_key("P-256", {"kid": "1", "use": "sig"})


class Issuer:
    """Answers each path with a document, as JSON or as it is."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.asked: list[str] = []
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1]
            self.asked.append(path)
            page = self.pages.get(path, {})
            body = page if isinstance(page, bytes) else json.dumps(page).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def describe(self, **changes: Any) -> None:
        self.pages["/.well-known/openid-configuration"] = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            **changes,
        }
        self.pages["/keys"] = {"keys": [KEY.as_dict(private=False)]}


@pytest_asyncio.fixture(loop_scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    server = await asyncio.start_server(issuer.serve, "127.0.0.1", 0)
    issuer.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    issuer.describe()
    async with server:
        yield issuer


def token(issuer: Issuer, key: Any = KEY, alg: str = "ES256", **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": issuer.address,
        "aud": "me",
        "sub": "ann",
        "iat": now,
        "exp": now + 600,
        "email": "ann@example.com",
        "email_verified": True,
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": alg, "kid": "1"}
    return jwt.encode(header, kept, key, algorithms=[alg])


async def check(openid: OpenIDConnect, issuer: Issuer, given: str, *, nonce: str | None = None) -> Profile:
    return await openid.check(
        Client(issuer=issuer.address, client_id="me"), given, nonce=nonce, access_token=None
    )


async def test_an_id_token_of_the_issuer_is_believed(openid: OpenIDConnect, issuer: Issuer) -> None:
    assert (await check(openid, issuer, token(issuer))).email_verified
    assert not (await check(openid, issuer, token(issuer, email_verified=None))).email_verified
    assert not (await check(openid, issuer, token(issuer, email_verified=1))).email_verified
    assert not (await check(openid, issuer, token(issuer, email_verified=["true"]))).email_verified


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["me", "other"], "azp": "other"},
        {"exp": 1},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a\0b"},
        {"key": OTHER},
        {"key": OctKey.import_key("secret-of-at-least-32-bytes-length"), "alg": "HS256"},
        {"key": RSAKey.generate_key(2048, {"kid": "1"}), "alg": "RS256"},
        {"nonce": "only in the token"},
    ],
)
async def test_any_other_is_not(openid: OpenIDConnect, issuer: Issuer, changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        await check(openid, issuer, token(issuer, **changes))


@pytest.mark.parametrize(
    "given", ["", "a.b.c", "e30.e30.", "é.é.é", "x" * 20_000, "..", "eyJhbGciOiJub25lIn0.e30."]
)
async def test_what_is_no_token_is_refused(openid: OpenIDConnect, issuer: Issuer, given: str) -> None:
    with pytest.raises(ProviderRefused):
        await check(openid, issuer, given)


async def test_a_nonce_has_to_be_the_one_that_was_signed(openid: OpenIDConnect, issuer: Issuer) -> None:
    hashed = hashlib.sha256(b"secret-nonce").hexdigest()
    given = token(issuer, nonce=hashed)
    assert (await check(openid, issuer, given, nonce="secret-nonce")).subject == "ann"
    for nonce in ("other", None):
        with pytest.raises(ProviderRefused, match=r"[Nn]once"):
            await check(openid, issuer, given, nonce=nonce)


async def test_keys_are_read_once_and_an_issuer_is_asked_once(openid: OpenIDConnect, issuer: Issuer) -> None:
    await asyncio.gather(*(check(openid, issuer, token(issuer)) for _ in range(5)))
    await check(openid, issuer, token(issuer))
    assert issuer.asked.count("/.well-known/openid-configuration") == 1
    with pytest.raises(ProviderRefused):  # strangers' tokens do not have the keys read again and again
        await check(openid, issuer, token(issuer, key=ECKey.generate_key("P-256", {"kid": "2"})))
    assert issuer.asked.count("/keys") == 1


@pytest.mark.parametrize(
    "page",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "gopher://127.0.0.1"},
        b"<html>",
        b"[" * 100_000,
        b" " * (MAX_BYTES + 1),
        b"[]",
    ],
)
async def test_an_issuer_that_makes_no_sense_counts_as_away(
    openid: OpenIDConnect, issuer: Issuer, page: dict[str, Any] | bytes
) -> None:
    if isinstance(page, bytes):
        issuer.pages["/.well-known/openid-configuration"] = page
    else:
        issuer.describe(**page)
    with pytest.raises(ProviderAway):
        await check(openid, issuer, token(issuer))


async def test_an_endless_answer_is_not_read_to_its_end(openid: OpenIDConnect, issuer: Issuer) -> None:
    issuer.pages["/.well-known/openid-configuration"] = b"x" * (4 * MAX_BYTES)
    async with outside_client(LOCAL) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="more than"):
            await http.get(f"{issuer.address}/.well-known/openid-configuration")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1:1/",
        "https://localhost:1/",
        "https://[::1]:1/",
        "https://[::ffff:127.0.0.1]:1/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[64:ff9b::a00:1]/",
    ],
)
async def test_nothing_inside_can_be_reached(url: str) -> None:
    async with outside_client() as http:
        with pytest.raises((Forbidden, httpx.ConnectError), match=r"public Internet|without TLS|resolved"):
            await http.get(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
    ],
)
async def test_public_addresses_are_known_from_others(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_a_profile_takes_texts_of_a_bounded_size_only() -> None:
    profile = read_profile(
        "https://id.example", {"sub": "a", "name": "n" * 9000, "picture": ["x"], "locale": "a\0"}
    )
    assert len(profile.data["name"]) == 500
    assert "picture" not in profile.data
    assert "locale" not in profile.data
