"""Sign-in as apps write it: calls of the real supabase-js, and what they answer."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dev.supabase.client import SupabaseClient
from tests.data.auth.mailbox import mail
from tests.data.auth.people import PASSWORD, app_with, new_address
from tests.data.world import App, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

NOTES = (
    "CREATE TABLE notes (owner uuid NOT NULL DEFAULT auth.uid(), body text NOT NULL)",
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own ON notes USING ((SELECT auth.uid()) = owner)",
)
HELPERS = """
const failed = ({ error }) => error && { name: error.name, status: error.status, code: error.code };
const events = [];
db.auth.onAuthStateChange((event) => { events.push(event); });
"""


async def run(supabase: SupabaseClient, app: App, program: str, **values: str) -> Any:
    """What the program answers; its values are constants of it by their names."""
    constants = "".join(f"const {name} = {value!r};\n" for name, value in values.items())
    return await supabase.run(app.url, app.key, f"{constants}{HELPERS}{program}")


async def test_people_sign_up_in_and_out(world: World, supabase: SupabaseClient) -> None:
    app, email = await world.app(), new_address()
    seen = await run(
        supabase,
        app,
        """
        const up = await db.auth.signUp({ email, password, options: { data: { name: "Ann" } } });
        const me = await db.auth.getUser();
        const claims = await db.auth.getClaims();
        const renewed = await db.auth.refreshSession();
        const changed = await db.auth.updateUser({ data: { town: "Köln" } });
        const identities = await db.auth.getUserIdentities();
        const out = await db.auth.signOut();
        const gone = await db.auth.getUser(renewed.data.session.access_token);
        const again = await db.auth.signInWithPassword({ email, password });
        return {
          errors: [up, me, claims, renewed, changed, identities, out, again].map(failed),
          ids: [up, me, renewed, changed, again].map((one) => one.data.user.id),
          claims: claims.data.claims, header: claims.data.header,
          rotated: up.data.session.refresh_token !== renewed.data.session.refresh_token,
          metadata: changed.data.user.user_metadata,
          providers: identities.data.identities.map((one) => one.provider),
          gone: failed(gone), events,
        };
        """,
        email=email,
        password=PASSWORD,
    )
    assert seen["errors"] == [None] * 8
    assert len(set(seen["ids"])) == 1
    assert seen["header"]["alg"] == "ES256"
    claims = seen["claims"]
    assert (claims["email"], claims["role"], claims["aud"], claims["aal"], claims["is_anonymous"]) == (
        email,
        "authenticated",
        "authenticated",
        "aal1",
        False,
    )
    assert (claims["iss"], claims["amr"][0]["method"]) == (f"{app.url}/auth/v1", "password")
    assert seen["rotated"]
    assert seen["metadata"] == {"name": "Ann", "town": "Köln"}
    assert seen["providers"] == ["email"]
    assert seen["gone"]["name"] == "AuthSessionMissingError"
    assert {"SIGNED_IN", "TOKEN_REFRESHED", "USER_UPDATED", "SIGNED_OUT"} <= set(seen["events"])


async def test_refusals_are_of_the_kinds_that_apps_ask_for(world: World, supabase: SupabaseClient) -> None:
    app, email = await world.app(), new_address()
    seen = await run(
        supabase,
        app,
        """
        await db.auth.signUp({ email, password });
        return {
          wrong: failed(await db.auth.signInWithPassword({ email, password: "wrong one" })),
          taken: failed(await db.auth.signUp({ email, password })),
          weak: (await db.auth.signUp({ email: "b" + email, password: "123" })).error,
          address: failed(await db.auth.signUp({ email: "nobody", password })),
          same: failed(await db.auth.updateUser({ password })),
          anonymous: failed(await db.auth.signInAnonymously()),
          code: failed(await db.auth.verifyOtp({ email, token: "000000", type: "email" })),
          phone: failed(await db.auth.signInWithOtp({ phone: "+491701234567" })),
          refresh: failed(await db.auth.refreshSession({ refresh_token: "made up" })),
        };
        """,
        email=email,
        password=PASSWORD,
    )
    assert {name: (error["status"], error["code"]) for name, error in seen.items()} == {
        "wrong": (400, "invalid_credentials"),
        "taken": (422, "user_already_exists"),
        "weak": (422, "weak_password"),
        "address": (400, "validation_failed"),
        "same": (422, "same_password"),
        "anonymous": (422, "anonymous_provider_disabled"),
        "code": (403, "otp_expired"),
        "phone": (400, "phone_provider_disabled"),
        "refresh": (400, "refresh_token_not_found"),
    }
    assert (seen["weak"]["name"], seen["weak"]["reasons"]) == ("AuthWeakPasswordError", ["length"])


async def test_a_forgotten_password_is_replaced_with_the_code_of_a_mail(
    world: World, supabase: SupabaseClient
) -> None:
    app, email = await world.app(), new_address()
    await run(
        supabase,
        app,
        """
        await db.auth.signUp({ email, password });
        return failed(await db.auth.resetPasswordForEmail(email));
        """,
        email=email,
        password=PASSWORD,
    )
    seen = await run(
        supabase,
        app,
        """
        const verified = await db.auth.verifyOtp({ email, token, type: "recovery" });
        const changed = await db.auth.updateUser({ password: "a new one" });
        const again = await db.auth.signInWithPassword({ email, password: "a new one" });
        return [verified, changed, again].map(failed);
        """,
        email=email,
        token=(await mail(world, email)).code,
    )
    assert seen == [None, None, None]


async def test_an_address_is_confirmed_by_link_or_by_its_token(
    world: World, supabase: SupabaseClient
) -> None:
    app, email = await app_with(world, confirm_email=True), new_address()
    seen = await run(
        supabase,
        app,
        """
        const up = await db.auth.signUp({ email, password });
        const early = await db.auth.signInWithPassword({ email, password });
        return { session: up.data.session, email: up.data.user.email, early: failed(early) };
        """,
        email=email,
        password=PASSWORD,
    )
    assert (seen["session"], seen["email"]) == (None, email)
    assert seen["early"]["code"] == "email_not_confirmed"
    link = (await mail(world, email)).link
    seen = await run(
        supabase,
        app,
        """
        const verified = await db.auth.verifyOtp({ token_hash, type: "signup" });
        return { error: failed(verified), confirmed: verified.data.user.email_confirmed_at };
        """,
        token_hash=parse_qs(urlsplit(link).query)["token"][0],
    )
    assert seen["error"] is None
    assert seen["confirmed"]


async def test_everyone_sees_their_own_rows(world: World, supabase: SupabaseClient) -> None:
    app = await world.app(NOTES)
    program = """
        const { data } = await db.auth.signUp({ email, password });
        const added = await db.from("notes").insert({ body: email });
        const forged = await db.from("notes").insert({ body: "x", owner: other });
        const seen = await db.from("notes").select("body");
        await db.auth.signOut();
        const outside = await db.from("notes").select("body");
        return {
          id: data.user.id, added: added.status, forged: forged.error?.code,
          seen: seen.data, outside: outside.data,
        };
        """
    nobody = "00000000-0000-4000-8000-000000000000"
    ann = await run(supabase, app, program, email=new_address(), password=PASSWORD, other=nobody)
    address = new_address()
    bob = await run(supabase, app, program, email=address, password=PASSWORD, other=ann["id"])
    assert (bob["added"], bob["forged"], bob["seen"], bob["outside"]) == (
        201,
        "42501",
        [{"body": address}],
        [],
    )


async def test_a_visitor_becomes_somebody(world: World, supabase: SupabaseClient) -> None:
    app = await app_with(world, anonymous_enabled=True)
    seen = await run(
        supabase,
        app,
        """
        const guest = await db.auth.signInAnonymously();
        const became = await db.auth.updateUser({ email, password });
        const again = await db.auth.signInWithPassword({ email, password });
        return [guest, became, again].map(({ data }) => [data.user.id, data.user.is_anonymous]);
        """,
        email=new_address(),
        password=PASSWORD,
    )
    assert [anonymous for _, anonymous in seen] == [True, False, False]
    assert len({user_id for user_id, _ in seen}) == 1
