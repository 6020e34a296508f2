"""What goes by mail: confirmation, recovery, sign-in by link and by code, a change of address."""

import asyncio
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from data.usecases.auth.sweep import sweep
from tests.data.auth.mailbox import mail, mails
from tests.data.auth.people import PASSWORD, Visitor, app_with, new_address
from tests.data.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "s256"}


async def followed(link: str) -> tuple[str, dict[str, str]]:
    """Where the link leads to, without what came along, and that."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(link)
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    values = {name: found[0] for name, found in parse_qs(parts.query + "&" + parts.fragment).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", values


def site(world: World, visitor: Visitor) -> str:
    return world.stack.app_url(visitor.app.app_id)


async def test_an_address_is_confirmed_by_the_link_in_a_mail(world: World) -> None:
    ann, address = Visitor(await app_with(world, confirm_email=True), world.http), new_address()
    answer = await ann.ask("POST", "/signup", {"email": address, "password": PASSWORD})
    assert answer.status_code == 200
    assert "access_token" not in answer.json()
    body = {"email": address, "password": PASSWORD}
    assert await ann.refused("POST", "/token", body, grant_type="password") == (400, "email_not_confirmed")
    link = (await mail(world, address)).link
    async with httpx.AsyncClient() as scanner:
        assert (await scanner.head(link)).status_code == 204
        for header in ({"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}, {"x-moz": "prefetch"}):
            assert (await scanner.get(link, headers=header)).status_code == 204
    target, values = await followed(link)
    assert target == site(world, ann)
    assert (values["type"], values["token_type"]) == ("signup", "bearer")
    ann.session = dict(values)
    user = (await ann.ask("GET", "/user")).json()
    assert user["email_confirmed_at"]
    assert user["identities"][0]["identity_data"]["email_verified"] is True
    _, again = await followed(link)
    assert (again["error"], again["error_code"]) == ("access_denied", "otp_expired")
    await ann.sign_in(address)


async def test_nobody_learns_who_has_an_account(world: World) -> None:
    app = await app_with(world, confirm_email=True, limits={"address_mails": 20})
    ann, address = Visitor(app, world.http), new_address()
    await ann.ask("POST", "/signup", {"email": address, "password": PASSWORD})
    await followed((await mail(world, address)).link)
    unknown = new_address()

    def shape(answer: httpx.Response, email: str) -> tuple[int, str]:
        body = answer.json()
        for name in ("id", "created_at", "updated_at", "confirmation_sent_at"):
            body.pop(name, None)
        for identity in body.get("identities", ()):
            for name in ("id", "identity_id", "user_id", "last_sign_in_at", "created_at", "updated_at"):
                assert identity.pop(name)
            identity["identity_data"].pop("sub")
        return answer.status_code, str(body).replace(email, "somebody")

    for path, more in (
        ("/signup", {"password": "another password"}),
        ("/recover", {}),
        ("/otp", {"create_user": False}),
        ("/magiclink", {"create_user": False}),
        ("/resend", {"type": "signup"}),
    ):
        answers = [
            shape(await ann.ask("POST", path, {"email": who, **more}), who) for who in (address, unknown)
        ]
        assert answers[0] == answers[1], path
        assert answers[0][0] == 200
    twice = [
        (await ann.ask("POST", "/signup", {"email": unknown, "password": PASSWORD})).json() for _ in range(2)
    ]
    assert twice[0]["id"] != twice[1]["id"], "an unconfirmed user would be told by the same id"


async def test_a_forgotten_password_is_replaced_by_link(world: World) -> None:
    app, address = await world.app(), new_address()
    ann = Visitor(app, world.http)
    await ann.sign_up(address)
    back = f"{site(world, ann)}/new-password"
    assert (await ann.ask("POST", "/recover", {"email": address}, redirect_to=back)).json() == {}
    sent = await mail(world, address)
    assert address in sent.text
    target, values = await followed(sent.link)
    assert (target, values["type"]) == (back, "recovery")
    fresh = Visitor(app, world.http, dict(values))
    assert (await fresh.ask("PUT", "/user", {"password": "a new one"})).status_code == 200
    await Visitor(app, world.http).sign_in(address, "a new one")


async def test_links_lead_nowhere_but_to_the_app(world: World) -> None:
    ann = Visitor(await app_with(world, redirect_urls=["https://app.example.org/**"]), world.http)
    address = new_address()
    await ann.sign_up(address)
    asked = {
        "https://evil.example.com/": site(world, ann),
        f"{site(world, ann)}@evil.example.com/": site(world, ann),
        "https://app.example.org.evil.example.com/": site(world, ann),
        "javascript:alert(1)": site(world, ann),
        "https://app.example.org/welcome": "https://app.example.org/welcome",
    }
    for count, (redirect_to, leads_to) in enumerate(asked.items(), start=1):
        await ann.ask("POST", "/recover", {"email": address}, redirect_to=redirect_to)
        link = (await mail(world, address, count)).link
        assert (await followed(link))[0] == leads_to
        forged = link.partition("&redirect_to=")[0] + "&redirect_to=https%3A%2F%2Fevil.example.com%2F"
        assert (await followed(forged))[0] == site(world, ann)


async def test_pkce_gives_a_code_that_only_its_browser_can_use(world: World) -> None:
    app, address = await world.app(), new_address()
    ann = Visitor(app, world.http)
    await ann.sign_up(address)
    await ann.ask("POST", "/recover", {"email": address, **PKCE})
    _, values = await followed((await mail(world, address)).link)
    assert set(values) == {"code"}
    stranger = Visitor(app, world.http)
    wrong = {"auth_code": values["code"], "code_verifier": "w" * 64}
    assert await stranger.refused("POST", "/token", wrong, grant_type="pkce") == (400, "bad_code_verifier")
    right = {"auth_code": values["code"], "code_verifier": VERIFIER}
    assert await stranger.refused("POST", "/token", right, grant_type="pkce") == (404, "flow_state_not_found")
    await ann.ask("POST", "/otp", {"email": address, **PKCE})
    _, values = await followed((await mail(world, address, about="Sign in")).link)
    await ann.enter("POST", "/token", {**right, "auth_code": values["code"]}, grant_type="pkce")


async def test_a_code_signs_in_who_has_no_account_yet(world: World) -> None:
    ann, address = Visitor(await world.app(), world.http), new_address()
    assert (await ann.ask("POST", "/otp", {"email": address, "data": {"name": "Ann"}})).json() == {}
    code = (await mail(world, address)).code
    body = {"type": "email", "email": address, "token": code}
    session = await ann.enter("POST", "/verify", body)
    assert session["user"]["user_metadata"] == {"name": "Ann"}
    assert await ann.refused("POST", "/verify", body) == (403, "otp_expired")


async def test_codes_cannot_be_guessed_for_long(world: World) -> None:
    settings = {"verifications": 1000, "account_sign_ins": 1000}
    ann, address = Visitor(await app_with(world, limits=settings), world.http), new_address()
    await ann.sign_up(address)
    await ann.ask("POST", "/otp", {"email": address})
    sent = await mail(world, address)
    wrong = f"{(int(sent.code) + 1) % 1_000_000:06}"
    for _ in range(10):
        body = {"type": "email", "email": address, "token": wrong}
        assert await ann.refused("POST", "/verify", body) == (403, "otp_expired")
    body = {"type": "email", "email": address, "token": sent.code}
    assert await ann.refused("POST", "/verify", body) == (403, "otp_expired")
    token = parse_qs(urlsplit(sent.link).query)["token"][0]
    await ann.enter("POST", "/verify", {"type": "magiclink", "token_hash": token})


async def test_who_signed_up_with_another_persons_address_is_out_when_its_owner_comes(world: World) -> None:
    app, address = await app_with(world, confirm_email=True), new_address()
    thief, owner = Visitor(app, world.http), Visitor(app, world.http)
    await thief.ask("POST", "/signup", {"email": address, "password": "the thief's own"})
    await owner.ask("POST", "/otp", {"email": address})
    code = (await mail(world, address, about="Sign in")).code
    await owner.enter("POST", "/verify", {"type": "magiclink", "email": address, "token": code})
    body = {"email": address, "password": "the thief's own"}
    assert await thief.refused("POST", "/token", body, grant_type="password") == (400, "invalid_credentials")


@pytest.mark.parametrize("first", ["/signup", "/otp"])
@pytest.mark.parametrize("second", ["/signup", "/otp"])
async def test_who_signs_up_beside_somebody_else_gets_no_password_confirmed(
    world: World, first: str, second: str
) -> None:
    """The owner of the address cannot tell whose sign-up a mail is of, so it confirms no password."""
    app, address = await app_with(world, confirm_email=True), new_address()
    visitor = Visitor(app, world.http)
    for path, password in ((first, "one password"), (second, "another one")):
        body = {"email": address, "password": password, "data": {"by": password}}
        assert (await visitor.ask("POST", path, body)).status_code == 200
    ends = [(await followed(sent.link))[1] for sent in await mails(world, address, 2)]
    visitor.session = next(values for values in ends if "access_token" in values)
    for password in ("one password", "another one"):
        body = {"email": address, "password": password}
        refused = await Visitor(app, world.http).refused("POST", "/token", body, grant_type="password")
        assert refused == (400, "invalid_credentials")
    assert (await visitor.ask("PUT", "/user", {"password": PASSWORD})).status_code == 200
    await Visitor(app, world.http).sign_in(address)


async def test_who_signs_up_again_with_the_same_password_keeps_it(world: World) -> None:
    ann, address = Visitor(await app_with(world, confirm_email=True), world.http), new_address()
    body = {"email": address, "password": PASSWORD}
    answers = await asyncio.gather(*(ann.ask("POST", "/signup", body) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3
    ends = [(await followed(sent.link))[1] for sent in await mails(world, address, 3)]
    assert [values.get("type") for values in ends].count("signup") == 1, "only the newest link is good"
    await ann.sign_in(address)


async def test_an_address_changes_once_the_new_one_is_confirmed(world: World) -> None:
    app, old, new, taken = await app_with(world, confirm_email=True), *(new_address() for _ in range(3))
    ann = Visitor(app, world.http)
    for address in (taken, old):
        await ann.ask("POST", "/signup", {"email": address, "password": PASSWORD})
        ann.session = (await followed((await mail(world, address)).link))[1]
    assert (await ann.ask("PUT", "/user", {"email": taken})).json()["new_email"] == taken
    changed = (await ann.ask("PUT", "/user", {"email": new})).json()
    assert (changed["email"], changed["new_email"]) == (old, new)
    await followed((await mail(world, new)).link)
    assert (await ann.ask("GET", "/user")).json()["email"] == new
    assert new in (await mail(world, old, about="was changed")).text
    await Visitor(app, world.http).sign_in(new)
    assert len(await mails(world, taken)) == 1, "nobody is written to about an address that is taken"


async def test_a_password_is_changed_with_a_code_from_a_mail(world: World) -> None:
    ann, address = Visitor(await world.app(), world.http), new_address()
    await ann.sign_up(address)
    assert (await ann.ask("GET", "/reauthenticate")).json() == {}
    code = (await mail(world, address)).code
    wrong = {"password": "a new one", "nonce": "000000", "data": {"a": 1}}
    assert await ann.refused("PUT", "/user", wrong) == (422, "reauthentication_not_valid")
    assert (await ann.ask("GET", "/user")).json()["user_metadata"] == {}
    assert (await ann.ask("PUT", "/user", {**wrong, "nonce": code})).status_code == 200


async def test_mails_to_one_address_are_limited_known_or_not(world: World) -> None:
    ann = Visitor(await app_with(world, limits={"address_mails": 2}), world.http)
    address = new_address()
    await ann.sign_up(address)
    for who in (address, new_address()):
        answers = [await ann.ask("POST", "/recover", {"email": who}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["code"] == "over_email_send_rate_limit"


async def test_a_mail_is_sent_however_the_service_ends(world: World) -> None:
    ann, address = Visitor(await world.app(), world.http), new_address()
    await ann.sign_up(address)
    await world.stack.kill("mail")
    assert (await ann.ask("POST", "/recover", {"email": address})).status_code == 200
    await world.stack.kill("data")
    async with world.superuser() as connection:
        await connection.execute("UPDATE overskill_auth.mails SET due_at = now(), attempts = 0")
    for name in ("mail", "data"):
        await world.stack.start(name)
        await world.stack.wait_ready(name)
    assert (await mail(world, address)).subject == "Reset your password"


async def test_what_is_worthless_is_swept(world: World) -> None:
    ann, address = Visitor(await world.app(), world.http), new_address()
    await ann.sign_up(address)
    await ann.renew()
    await ann.ask("POST", "/recover", {"email": address})
    await mail(world, address)
    counted = (
        "SELECT (SELECT count(*) FROM overskill_auth.one_time_tokens WHERE realm = $1) + (SELECT count(*) "
        "FROM overskill_auth.sessions s JOIN overskill_auth.refresh_tokens t ON t.session_id = s.id "
        "WHERE s.realm = $1)"
    )
    async with world.superuser() as connection:
        assert await connection.fetchval(counted, ann.app.ref) == 3
        await sweep(world.shard)
        assert await connection.fetchval(counted, ann.app.ref) == 3
        await connection.execute(
            "UPDATE overskill_auth.one_time_tokens SET expires_at = now() WHERE realm = $1", ann.app.ref
        )
        await connection.execute(
            "UPDATE overskill_auth.refresh_tokens SET used_at = used_at - interval '31 days' "
            "WHERE session_id IN (SELECT id FROM overskill_auth.sessions WHERE realm = $1)",
            ann.app.ref,
        )
        await asyncio.gather(sweep(world.shard), sweep(world.shard))
        assert await connection.fetchval(counted, ann.app.ref) == 1
    await ann.renew()
