"""Who may not pass: forged tokens, other apps' keys, headers to be read in two ways, bodies that are none."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.contracts.deployments import Environment
from data.clients.signing import Signer, parse_signing_keys
from data.domain.auth.claims import issuer
from dev.stack.credentials import MAKERS
from tests.data.auth.people import PASSWORD, Visitor, new_address
from tests.data.world import App, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

TABLE = ("CREATE TABLE notes (id int PRIMARY KEY)",)


def keys(world: World) -> list[Any]:
    return parse_signing_keys(world.stack.credentials["data_jwt_keys"])


def unsigned(claims: Mapping[str, Any], **header: object) -> str:
    parts = ({"alg": "none", "typ": "JWT", **header}, claims)
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )


def confused(world: World, claims: Mapping[str, Any]) -> str:
    """Signed by HMAC with the public key as the secret."""
    public = keys(world)[0].public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = unsigned(claims, alg="HS256")
    made = hmac.new(public, token.encode(), hashlib.sha256).digest()
    return f"{token}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def swapped(token: str, claims: Mapping[str, Any]) -> str:
    """Other claims under the signature of a good token."""
    header, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps(dict(claims)).encode()).decode().rstrip("=")
    return f"{header}.{body}.{signature}"


async def forgeries(world: World, ann: Visitor) -> dict[str, str]:
    """Tokens by what is wrong with them; each is like Ann's own but for that."""
    signer = Signer(keys(world))
    good = ann.session["access_token"]
    claims = dict(signer.verified(good).claims)
    other = Visitor(await world.app(), world.http)
    preview = Visitor(await world.app(environment=Environment.PREVIEW), world.http)
    url = world.stack.config.url("data")
    return {
        "another app's": (await other.sign_up(new_address()))["access_token"],
        "another environment's": (await preview.sign_up(new_address()))["access_token"],
        "another issuer": signer.sign({**claims, "iss": issuer(url, other.app.ref)}),
        "expired": signer.sign({**claims, "exp": int(time.time()) - 1}),
        "never expires": signer.sign({name: claims[name] for name in claims if name != "exp"}),
        "service role": signer.sign({**claims, "role": "service_role"}),
        "the owner's role": signer.sign({**claims, "role": "owner"}),
        "no audience": signer.sign({**claims, "aud": ""}),
        "unsigned": unsigned(claims) + ".",
        "unsigned, in capitals": unsigned(claims, alg="NONE") + ".",
        "signature left out": good.rpartition(".")[0] + ".",
        "another's signature": Signer(parse_signing_keys(MAKERS["data_jwt_keys"]())).sign(claims),
        "the public key as a secret": confused(world, claims),
        "swapped claims": swapped(good, {**claims, "sub": "00000000-0000-4000-8000-000000000000"}),
        "key in the header": unsigned(claims, alg="ES256", jwk=keys(world)[0].as_dict(private=False)) + ".AA",
        "key by path": unsigned(claims, alg="ES256", kid="../../../dev/null") + ".AA",
        "no token": "Bearer",
        "deeply nested": base64.urlsafe_b64encode(b"[" * 20_000).decode() + ".e30.AA",
        "a mile of dots": "." * 10_000,
    }


async def test_no_forged_token_passes(world: World) -> None:
    app = await world.app(TABLE)
    ann = Visitor(app, world.http)
    await ann.sign_up(new_address())
    for name, token in (await forgeries(world, ann)).items():
        answer = await ann.ask("GET", "/user", token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "bad_jwt"), name
        answer = await ann.ask("PUT", "/user", {"data": {"a": 1}}, token=token)
        assert answer.status_code == 403, name
        headers = {"apikey": app.key, "authorization": f"Bearer {token}"}
        answer = await world.http.get(f"{app.url}/rest/v1/notes", headers=headers)
        assert answer.status_code == 401, name
        assert answer.json()["code"].startswith("PGRST30"), name
    assert (await ann.ask("GET", "/user")).json()["user_metadata"] == {}


@pytest.mark.parametrize("path", ["/auth/v1/settings", "/rest/v1/notes"])
async def test_only_the_apps_own_key_opens_it(world: World, path: str) -> None:
    app, other = await world.app(TABLE), await world.app()
    preview = await world.http.put(f"/internal/realms/{app.app_id}/preview")
    url, good = f"{app.url}{path}", app.key
    for sent in (
        [],
        [("apikey", "")],
        [("apikey", other.key)],
        [("apikey", preview.json()["publishable_key"])],
        [("apikey", good[:-1])],
        [("apikey", good.upper())],
        [("apikey", f"{good},{good}")],
        [("apikey", good), ("apikey", other.key)],
        [("apikey", good), ("apikey", good)],
        [("apikey", "sb_secret_\xe4")],
    ):
        answer = await ask(world, url, sent)
        assert answer.status_code == 401, sent
    for query in (f"?apikey={other.key}", f"?apikey={good}&apikey={other.key}"):
        assert (await ask(world, f"{url}{query}", [("apikey", good)])).status_code == 401
    assert (await ask(world, url, [("apikey", good)])).status_code == 200
    assert (await ask(world, f"{url}?apikey={good}", [])).status_code == 200


async def test_a_header_that_could_be_read_in_two_ways_is_refused(world: World) -> None:
    app = await world.app(TABLE)
    ann = Visitor(app, world.http)
    token = (await ann.sign_up(new_address()))["access_token"]
    for given in (
        [f"Bearer {token}", f"Bearer {app.key}"],
        [f"Bearer {token}", f"Bearer {token}"],
        [f"Basic {token}"],
        ["Bearer"],
        [token],
        [f"Bearer {token}, Bearer {app.key}"],
        [f"Bearer {token} {token}"],
    ):
        sent = [("apikey", app.key), *(("authorization", value) for value in given)]
        for path, status in (("/auth/v1/user", {401, 403}), ("/rest/v1/notes", {401})):
            answer = await ask(world, f"{app.url}{path}", sent)
            assert answer.status_code in status, given


async def test_no_app_and_no_way_around_its_name(world: World) -> None:
    app = await world.app()
    base = world.stack.config.url("data")
    headers = [("apikey", app.key)]
    for ref in (
        "app_zzzzzzzzzzzz",
        "app_x",
        "internal",
        app.ref.upper(),
        f"{app.ref}%00",
        f"{app.ref}_preview",
    ):
        answer = await ask(world, f"{base}/{ref}/auth/v1/settings", headers)
        assert answer.status_code == 404, ref
    assert (
        await world.http.get(
            f"/internal/realms/{app.app_id}/production", headers={"authorization": "Bearer x"}
        )
    ).status_code == 401


BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b'{"email": 5}',
    b'{"email": {"a": "b"}, "password": []}',
    b'{"email": "\\ud800@example.com", "password": "\\ud800\\ud800\\ud800\\ud800"}',
    b'{"email": "a@example.com", "password": "\\u0000\\u0000123456", "data": {"\\u0000": 1}}',
    b'{"email": "a@example.com\\r\\nBcc: b@example.com", "password": "123456789"}',
    b'{"email": "x\' OR 1=1 --@example.com", "password": "123456789"}',
    b'{"refresh_token": "\\ud800", "auth_code": "\\u0000", "code_verifier": "\\ud800"}',
    b'{"type": "\\ud800", "token_hash": "\\ud800", "email": "\\u0000", "token": "\\ud800"}',
    b'{"data": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    b'{"data": ' + b"[" * 100_000 + b"}",
    b"\xff\xfe",
    b'{"password": "' + b"x" * 3_000_000 + b'"}',
)
KINDS = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
PATHS = (
    ("POST", "/signup"),
    ("POST", "/token?grant_type=password"),
    ("POST", "/token?grant_type=refresh_token"),
    ("POST", "/token?grant_type=pkce"),
    ("POST", "/token?grant_type=%00"),
    ("POST", "/verify"),
    ("POST", "/recover"),
    ("POST", "/otp"),
    ("POST", "/resend"),
    ("PUT", "/user"),
    ("POST", "/logout?scope=%F0%9F"),
    ("GET", "/verify?token=%00&type=%ED%A0%80&redirect_to=%0d%0aX:1"),
)


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_no_body_makes_it_fail(world: World, method: str, path: str) -> None:
    ann = Visitor(await world.app(), world.http)
    await ann.sign_up(new_address())
    headers = {"apikey": ann.app.key, "authorization": f"Bearer {ann.session['access_token']}"}
    for number, body in enumerate(BODIES):
        for kind in KINDS if number == 0 else KINDS[:1]:
            answer = await world.http.request(
                method,
                f"{ann.app.url}/auth/v1{path}",
                content=body,
                headers={**headers, "content-type": kind},
            )
            assert answer.status_code < 500, (body[:80], answer.text)
    await ann.sign_in(ann.session["user"]["email"], PASSWORD)


async def ask(world: World, url: str, headers: list[tuple[str, str]]) -> Any:
    """Exactly these headers, one by one."""
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    request = world.http.build_request("GET", url)
    del request.headers["authorization"]
    request.headers = type(request.headers)([*request.headers.raw, *encoded])
    return await world.http.send(request)


async def test_keys_that_verify_are_published(world: World) -> None:
    app: App = await world.app()
    answer = await world.http.get(f"{app.url}/auth/v1/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=600"
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert "d" not in key
