"""Signing up, in and out, over HTTP against the running service."""

import asyncio

import pytest

from data.clients.users import Users
from tests.data.auth.people import PASSWORD, Visitor, app_with, new_address
from tests.data.world import App, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]


def visitor(world: World, app: App) -> Visitor:
    return Visitor(app, world.http)


async def test_who_signs_up_comes_back_by_the_password(world: World) -> None:
    app, address = await world.app(), new_address()
    session = await visitor(world, app).sign_up(f" {address.upper()} ", data={"name": "Ann"})
    assert (session["token_type"], session["expires_in"]) == ("bearer", 3600)
    user = session["user"]
    assert (user["email"], user["user_metadata"], user["is_anonymous"]) == (address, {"name": "Ann"}, False)
    assert user["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert [identity["provider"] for identity in user["identities"]] == ["email"]
    second = visitor(world, app)
    assert (await second.sign_in(address))["user"]["id"] == user["id"]
    assert (await second.ask("GET", "/user")).json()["last_sign_in_at"] >= user["created_at"]


async def test_each_app_and_environment_has_users_of_its_own(world: World) -> None:
    one, other, address = await world.app(), await world.app(), new_address()
    first = await visitor(world, one).sign_up(address)
    assert await visitor(world, other).refused(
        "POST", "/token", {"email": address, "password": PASSWORD}, grant_type="password"
    ) == (400, "invalid_credentials")
    second = await visitor(world, other).sign_up(address, "another password")
    assert first["user"]["id"] != second["user"]["id"]


async def test_a_taken_address_a_wrong_password_and_an_unknown_user_are_refused(world: World) -> None:
    app, address = await world.app(), new_address()
    await visitor(world, app).sign_up(address)
    stranger = visitor(world, app)
    body = {"email": address, "password": "123456"}
    assert await stranger.refused("POST", "/signup", body) == (422, "user_already_exists")
    answers = [
        await stranger.ask("POST", "/token", {"email": who, "password": what}, grant_type="password")
        for who, what in ((address, "123456"), (new_address(), PASSWORD), ("nobody", PASSWORD), (address, ""))
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (400, '{"code":"invalid_credentials","message":"Invalid login credentials"}')
    }


async def test_older_clients_get_errors_in_their_words(world: World) -> None:
    app = await world.app()
    answer = await world.http.post(
        f"{app.url}/auth/v1/signup",
        json={"email": new_address(), "password": "123"},
        headers={"apikey": app.key, "authorization": f"Bearer {app.key}"},
    )
    assert answer.status_code == 422
    assert answer.json() == {
        "code": 422,
        "error_code": "weak_password",
        "msg": "Password should be at least 6 characters.",
        "weak_password": {"reasons": ["length"]},
    }
    assert answer.headers["x-supabase-api-version"] == "2024-01-01"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_browser_may_ask_from_every_origin(world: World) -> None:
    app = await world.app()
    answer = await world.http.options(
        f"{app.url}/auth/v1/token", headers={"access-control-request-headers": "apikey,x-client-info"}
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-headers"] == "apikey,x-client-info"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_refresh_token_is_used_once_but_for_a_lost_answer(world: World) -> None:
    app = await world.app()
    ann = visitor(world, app)
    first = (await ann.sign_up(new_address()))["refresh_token"]
    second = (await ann.renew(first))["refresh_token"]
    assert second != first
    assert (await ann.renew(first))["refresh_token"] == second, "another tab gets the same follower"
    third = (await ann.renew(second))["refresh_token"]
    assert await ann.refused("POST", "/token", {"refresh_token": first}, grant_type="refresh_token") == (
        400,
        "refresh_token_already_used",
    )
    assert await ann.refused("POST", "/token", {"refresh_token": third}, grant_type="refresh_token") == (
        400,
        "refresh_token_not_found",
    )
    assert await ann.refused("GET", "/user") == (403, "session_not_found")


async def test_tabs_that_renew_at_once_share_one_follower(world: World) -> None:
    app = await world.app()
    ann = visitor(world, app)
    token = (await ann.sign_up(new_address()))["refresh_token"]
    answers = await asyncio.gather(
        *(ann.ask("POST", "/token", {"refresh_token": token}, grant_type="refresh_token") for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_a_token_reused_late_ends_the_session(world: World) -> None:
    app = await world.app()
    ann = visitor(world, app)
    first = (await ann.sign_up(new_address()))["refresh_token"]
    await ann.renew(first)
    async with world.superuser() as connection:
        await connection.execute(
            "UPDATE overskill_auth.refresh_tokens SET used_at = used_at - interval '11 seconds' "
            "WHERE session_id IN (SELECT id FROM overskill_auth.sessions WHERE realm = $1)",
            app.ref,
        )
    assert await ann.refused("POST", "/token", {"refresh_token": first}, grant_type="refresh_token") == (
        400,
        "refresh_token_already_used",
    )
    assert await ann.refused("GET", "/user") == (403, "session_not_found")


async def test_signing_out_ends_one_session_all_or_all_others(world: World) -> None:
    app, address = await world.app(), new_address()
    devices = [visitor(world, app) for _ in range(4)]
    await devices[0].sign_up(address)
    for device in devices[1:]:
        await device.sign_in(address)

    async def inside() -> list[int]:
        return [(await device.ask("GET", "/user")).status_code for device in devices]

    assert (await devices[0].ask("POST", "/logout", scope="local")).status_code == 204
    assert await inside() == [403, 200, 200, 200]
    assert (await devices[1].ask("POST", "/logout", scope="others")).status_code == 204
    assert await inside() == [403, 200, 403, 403]
    assert await devices[1].refused("POST", "/logout", scope="everyone") == (400, "validation_failed")
    assert (await devices[1].ask("POST", "/logout")).status_code == 204
    assert await inside() == [403, 403, 403, 403]


async def test_a_session_lasts_as_long_as_the_settings_say(world: World) -> None:
    app = await app_with(world, session_seconds=300, jwt_seconds=120)
    ann = visitor(world, app)
    assert (await ann.sign_up(new_address()))["expires_in"] == 120
    await ann.renew()
    async with world.superuser() as connection:
        await connection.execute(
            "UPDATE overskill_auth.sessions SET created_at = now() - interval '301 s' WHERE realm = $1",
            app.ref,
        )
    body = {"refresh_token": ann.session["refresh_token"]}
    assert await ann.refused("POST", "/token", body, grant_type="refresh_token") == (400, "session_expired")


async def test_a_new_password_puts_all_others_out(world: World) -> None:
    app, address = await world.app(), new_address()
    ann, thief = visitor(world, app), visitor(world, app)
    await ann.sign_up(address)
    await thief.sign_in(address)
    assert await ann.refused("PUT", "/user", {"password": PASSWORD}) == (422, "same_password")
    assert await ann.refused("PUT", "/user", {"password": "12345"}) == (422, "weak_password")
    assert (await ann.ask("PUT", "/user", {"password": "a new one"})).status_code == 200
    assert await thief.refused("GET", "/user") == (403, "session_not_found")
    assert (await ann.ask("GET", "/user")).status_code == 200
    await visitor(world, app).sign_in(address, "a new one")


async def test_what_people_say_of_themselves_is_merged(world: World) -> None:
    app = await world.app()
    ann = visitor(world, app)
    await ann.sign_up(new_address(), data={"name": "Ann", "age": 7})
    answer = await ann.ask("PUT", "/user", {"data": {"age": None, "town": "Köln"}})
    assert answer.json()["user_metadata"] == {"name": "Ann", "town": "Köln"}
    assert await ann.refused("PUT", "/user", {"data": {"a": "x" * 10_000}}) == (400, "validation_failed")
    assert await ann.refused("PUT", "/user", {"data": {"a": "\0"}}) == (400, "validation_failed")
    assert (await ann.ask("GET", "/user")).json()["user_metadata"] == {"name": "Ann", "town": "Köln"}


async def test_visitors_come_in_only_where_the_settings_let_them_and_may_become_users(world: World) -> None:
    closed = visitor(world, await world.app())
    assert await closed.refused("POST", "/signup", {}) == (422, "anonymous_provider_disabled")
    guest = visitor(world, await app_with(world, anonymous_enabled=True))
    session = await guest.enter("POST", "/signup", {"data": {"theme": "dark"}})
    assert session["user"]["is_anonymous"] is True
    assert await guest.refused("PUT", "/user", {"password": PASSWORD}) == (400, "validation_failed")
    address = new_address()
    became = (await guest.ask("PUT", "/user", {"email": address, "password": PASSWORD})).json()
    assert (became["id"], became["is_anonymous"]) == (session["user"]["id"], False)
    again = await visitor(world, guest.app).sign_in(address)
    assert again["user"]["user_metadata"] == {"theme": "dark"}


async def test_nobody_signs_up_where_that_is_off(world: World) -> None:
    ann = visitor(world, await app_with(world, signup_enabled=False))
    body = {"email": new_address(), "password": PASSWORD}
    assert await ann.refused("POST", "/signup", body) == (422, "signup_disabled")
    settings = (await ann.ask("GET", "/settings")).json()
    assert (settings["disable_signup"], settings["mailer_autoconfirm"]) == (True, True)


async def test_too_many_attempts_have_to_wait(world: World) -> None:
    ann = visitor(world, await app_with(world, limits={"sign_ins": 3}))
    body = {"email": new_address(), "password": "wrong password"}
    answers = [await ann.ask("POST", "/token", body, grant_type="password") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert answers[3].json()["code"] == "over_request_rate_limit"
    assert int(answers[3].headers["retry-after"]) >= 1


async def test_a_user_goes_with_sessions_and_what_the_app_keeps_of_them(world: World) -> None:
    app = await world.app()
    ann = visitor(world, app)
    user_id = (await ann.sign_up(new_address()))["user"]["id"]
    async with world.shard.owner(app.ref) as owner:
        await owner.run(
            f'CREATE TABLE notes (owner uuid REFERENCES "{app.ref}_auth".users ON DELETE CASCADE, '
            f"ran_as text); INSERT INTO notes VALUES ('{user_id}')"
        )
        await owner.run("CREATE TABLE seen (name text)")
        await owner.run(
            "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS "
            "$f$ BEGIN INSERT INTO seen VALUES (current_user); RETURN NULL; END $f$"
        )
        await owner.run("CREATE TRIGGER later AFTER DELETE ON notes FOR EACH ROW EXECUTE FUNCTION look()")
    async with world.shard.auth() as connection:
        assert await Users(connection, app.ref).remove(user_id)
    assert await ann.refused("GET", "/user") == (403, "user_not_found")
    async with world.superuser() as connection:
        assert await connection.fetchval(f"SELECT count(*) FROM {app.ref}.notes") == 0
        ran_as = await connection.fetchval(f"SELECT string_agg(name, ',') FROM {app.ref}.seen")
        left = "SELECT count(*) FROM overskill_auth.sessions WHERE realm = $1"
        assert await connection.fetchval(left, app.ref) == 0
    assert ran_as == f"{app.ref}_owner", "an app's trigger never runs as the login of sign-in"


async def test_passwords_lie_hashed_and_secrets_digested(world: World) -> None:
    app, address = await world.app(), new_address()
    session = await visitor(world, app).sign_up(address)
    async with world.superuser() as connection:
        stored = await connection.fetchval(f"SELECT encrypted_password FROM {app.ref}_auth.users")
        tokens = await connection.fetch(
            "SELECT t.* FROM overskill_auth.refresh_tokens t JOIN overskill_auth.sessions s "
            "ON s.id = t.session_id WHERE s.realm = $1",
            app.ref,
        )
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in stored
    assert session["refresh_token"].encode() not in b"".join(bytes(row["hash"]) for row in tokens)


async def test_what_is_not_offered_is_said_so(world: World) -> None:
    ann = visitor(world, await world.app())
    assert await ann.refused("POST", "/factors", {}) == (401, "no_authorization")
    await ann.sign_up(new_address())
    assert await ann.refused("POST", "/oauth/authorizations/a/consent", {}) == (404, "not_found")
    assert await ann.refused("POST", "/factors", {}) == (400, "validation_failed")
    for kind in ("totp", "phone", "webauthn"):
        refused = await ann.refused("POST", "/factors", {"factor_type": kind})
        assert refused == (422, f"mfa_{kind}_enroll_not_enabled")
    for method, path in (("POST", "/x/challenge"), ("POST", "/x/verify"), ("DELETE", "/x")):
        assert await ann.refused(method, f"/factors{path}") == (404, "mfa_factor_not_found")
    refused = await ann.refused("GET", "/factors/recovery-codes")
    assert refused == (422, "mfa_recovery_codes_enroll_not_enabled")
    assert (await world.http.get(f"{ann.app.url}/auth/v1/health")).status_code == 200
