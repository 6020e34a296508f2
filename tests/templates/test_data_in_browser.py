"""Sign-in and tables of an app made from the template, in a real browser with the real client."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from common.contracts.env import fill_env

from .conftest import Build, LayOut, serve_for_development
from .edge import KEY, URL, Edge
from .test_app_in_browser import CONTRASTS, ENV, browser, complaints, serve

__all__ = ["browser"]

ANNA = "anna@example.com"
BEN = "ben@example.com"
API_VERSION = "X-Supabase-Api-Version"
PASSWORD = "a long password"
DEPLOYED = {"SUPABASE_URL": URL, "SUPABASE_PUBLISHABLE_KEY": KEY}


@pytest.fixture(scope="module")
def notes(build: Build) -> Iterator[str]:
    yield from serve(build(Path(__file__).parent / "notes"))


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in DEPLOYED.items():
        monkeypatch.setitem(ENV, name, value)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def edge(context: BrowserContext) -> Edge:
    edge = Edge()
    edge.serve(context)
    return edge


@pytest.fixture
def page(context: BrowserContext, edge: Edge) -> Page:
    return context.new_page()


def fill(page: Page, email: str, password: str, button: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label(re.compile("password", re.IGNORECASE)).fill(password)
    page.get_by_role("main").get_by_role("button", name=button).click()


def sign_in(page: Page, notes: str, email: str = ANNA) -> None:
    page.goto(notes)
    fill(page, email, PASSWORD, "Sign in")
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()


def add(page: Page, text: str) -> None:
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="Add").click()


def test_who_signs_up_comes_to_the_page_they_wanted_and_stays_signed_in(
    page: Page, notes: str, edge: Edge
) -> None:
    found = complaints(page)
    page.goto(notes)
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    fill(page, ANNA, PASSWORD, "Sign up")
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    page.reload()
    account = page.get_by_role("group", name="Account")
    expect(account.get_by_text(ANNA)).to_be_visible()
    account.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert edge.accounts[ANNA]["password"] == PASSWORD
    assert found == []


@pytest.mark.parametrize(
    ("path", "email", "password", "message"),
    [
        ("sign-in", ANNA, "wrong", "The address or the password is wrong."),
        ("sign-in", "nobody@example.com", PASSWORD, "The address or the password is wrong."),
        ("sign-up", ANNA, PASSWORD, "There is an account with this address already."),
        ("sign-up", BEN, "short", "Password should be at least 6 characters."),
    ],
)
def test_what_went_wrong_is_said_and_nothing_typed_is_lost(
    page: Page, notes: str, edge: Edge, path: str, email: str, password: str, message: str
) -> None:
    edge.account(ANNA, PASSWORD)
    page.goto(f"{notes}/{path}")
    fill(page, email, password, "Sign in" if path == "sign-in" else "Sign up")
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.get_by_label("E-mail address")).to_have_value(email)
    if path == "sign-up":
        field = page.get_by_label("Password" if email == BEN else "E-mail address")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(re.escape(message)))


def test_an_address_is_confirmed_before_it_signs_in(page: Page, notes: str, edge: Edge) -> None:
    edge.confirmation = True
    page.goto(f"{notes}/sign-up")
    fill(page, ANNA, PASSWORD, "Sign up")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.get_by_role("link", name="Back to signing in").click()
    fill(page, ANNA, PASSWORD, "Sign in")
    expect(page.get_by_role("alert")).to_contain_text("not confirmed yet")
    page.get_by_role("button", name="Send the link again").click()
    expect(page.get_by_text("Sent. It can take a minute")).to_be_visible()
    assert [(mail["to"], mail["kind"], mail["redirect_to"]) for mail in edge.mails] == [
        (ANNA, "resend", f"{notes}/confirm")
    ]


@pytest.mark.parametrize("link", ["tokens", "hash"])
def test_a_forgotten_password_is_chosen_anew_by_the_link_of_a_mail(
    page: Page, notes: str, edge: Edge, link: str
) -> None:
    edge.account(ANNA, PASSWORD)
    page.goto(f"{notes}/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    expect(
        page.get_by_role("button", name="Send the link")
    ).to_be_visible()  # the page before has such a field too
    page.get_by_label("E-mail address").fill(ANNA)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text(f"If there is an account for {ANNA}")).to_be_visible()
    (mail,) = edge.mails
    assert mail["redirect_to"] == f"{notes}/reset-password"
    session = edge.session(ANNA)
    tokens = "&".join(f"{name}={session[name]}" for name in session if name != "user")
    brought = f"#{tokens}&type=recovery" if link == "tokens" else f"?token_hash={ANNA}&type=recovery"
    page.goto(mail["redirect_to"] + brought)
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 6 characters")
    page.get_by_label("New password").fill("another password")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    assert "token" not in page.url


def test_a_link_that_is_used_up_says_so_and_leads_to_a_new_one(page: Page, notes: str, edge: Edge) -> None:
    page.goto(f"{notes}/reset-password#error=access_denied&error_code=otp_expired&error_description=too+old")
    expect(page.get_by_role("alert")).to_contain_text("This link was used before, or it is too old.")
    page.get_by_role("link", name="Ask for a new link").click()
    expect(page.get_by_role("heading", name="Forgot your password")).to_be_visible()


def test_people_change_their_account_and_sign_out_everywhere(page: Page, notes: str, edge: Edge) -> None:
    edge.account(ANNA, PASSWORD)
    sign_in(page, notes)
    page.get_by_role("group", name="Account").get_by_role("link", name=ANNA).click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    name, address, password = (page.get_by_role("region", name=part) for part in ("Name", "E-mail", "Passw"))
    name.get_by_label("Name").fill("Anna")
    name.get_by_role("button", name="Save the name").click()
    expect(name.get_by_text("Saved.")).to_be_visible()
    address.get_by_label("E-mail address").fill(BEN)
    address.get_by_role("button", name="Change the address").click()
    expect(address.get_by_text("A link is on its way to the new address.")).to_be_visible()
    password.get_by_label("New password").fill("short")
    password.get_by_role("button", name="Save the password").click()
    expect(password.get_by_role("alert")).to_contain_text("at least 6 characters")
    changed = [
        {key: value for key, value in change.items() if not key.startswith("code_")}
        for change in edge.changes
    ]
    assert changed == [{"data": {"full_name": "Anna"}}, {"email": BEN}, {"password": "short"}]
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert edge.ended == ["global"]


def test_a_link_that_confirms_and_is_used_up_leads_to_a_new_one(page: Page, notes: str, edge: Edge) -> None:
    page.goto(f"{notes}/confirm#error=access_denied&error_code=otp_expired&error_description=too+old")
    expect(page.get_by_role("heading", name="Confirm your address")).to_be_visible()
    page.get_by_label("E-mail address").fill(ANNA)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("status")).to_contain_text("Sent.")
    assert [(mail["to"], mail["kind"]) for mail in edge.mails] == [(ANNA, "resend")]


def test_people_sign_in_at_the_providers_of_the_app(page: Page, notes: str, edge: Edge) -> None:
    edge.providers = ("google",)
    page.goto(f"{notes}/sign-in")
    with page.expect_request(f"{URL}/auth/v1/authorize?**") as asked:
        page.get_by_role("button", name="Continue with Google").click()
    wish = parse_qs(urlsplit(asked.value.url).query)
    assert (wish["provider"], wish["redirect_to"]) == (["google"], [notes])
    page.goto(f"{notes}/?error=access_denied&error_description=They+said+no")
    expect(page.get_by_role("alert")).to_contain_text("That did not work: They said no")


def test_without_a_network_people_are_told(page: Page, notes: str, edge: Edge) -> None:
    page.goto(f"{notes}/sign-in")
    edge.away = True
    fill(page, ANNA, PASSWORD, "Sign in")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")


def test_an_entry_shows_at_once_and_is_stored_by_the_names_of_columns(
    page: Page, notes: str, edge: Edge
) -> None:
    edge.account(ANNA, PASSWORD)
    sign_in(page, notes)
    edge.hold = True
    add(page, "Milk")
    expect(page.get_by_text("Milk until 2030-01-31 since")).to_be_visible()
    assert edge.rows == []
    page.get_by_role("button", name="Shout Milk").click()
    expect(page.get_by_text("Milk! until")).to_be_visible()
    edge.release()
    expect(page.get_by_text("since 2026-01-01T00:00:00+00:00")).to_be_visible()
    page.get_by_role("button", name="Count").click()
    expect(page).to_have_title("1 notes")
    page.reload()
    expect(page.get_by_text("Milk! until 2030-01-31 since 2026-01-01T00:00:00+00:00")).to_be_visible()
    (row,) = edge.rows
    assert (row["text"], row["due_date"], row["user_id"]) == (
        "Milk!",
        "2030-01-31",
        edge.accounts[ANNA]["user"]["id"],
    )


REFUSED = {
    "POST": (403, {"code": "42501", "message": "new row violates row-level security policy"}),
    "PATCH": (400, {"code": "23514", "message": "new row violates check constraint"}),
    "DELETE": (200, []),
}


def test_what_the_database_does_not_take_is_undone_and_told(page: Page, notes: str, edge: Edge) -> None:
    edge.account(ANNA, PASSWORD)
    sign_in(page, notes)
    add(page, "Milk")
    expect(page.get_by_text("since 2026")).to_be_visible()
    edge.refuse.update(REFUSED)
    add(page, "Bread")
    expect(page.get_by_role("alert")).to_contain_text("was not saved: you are not allowed to do that.")
    expect(page.get_by_text("Bread until")).to_have_count(0)
    page.get_by_role("button", name="Shout Milk").click()
    expect(page.get_by_role("alert")).to_contain_text("a value is not one that is allowed")
    page.get_by_role("button", name="Remove Milk").click()
    expect(page.get_by_role("alert")).to_contain_text("the entry is gone, or it is not yours to change")
    expect(page.get_by_text("Milk until")).to_be_visible()
    edge.away = True
    add(page, "Eggs")
    expect(page.get_by_role("alert")).to_contain_text("the server cannot be reached")
    expect(page.get_by_text("Eggs until")).to_have_count(0)


def test_who_signs_in_after_another_sees_none_of_their_entries(page: Page, notes: str, edge: Edge) -> None:
    edge.account(ANNA, PASSWORD)
    edge.account(BEN, PASSWORD)
    sign_in(page, notes)
    add(page, "Milk")
    expect(page.get_by_text("since 2026")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    fill(page, BEN, PASSWORD, "Sign in")
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    add(page, "Bread")
    expect(page.get_by_text("Bread until 2030-01-31 since 2026")).to_be_visible()
    expect(page.get_by_text("Milk")).to_have_count(0)


def test_two_tabs_of_a_visitor_show_the_same(context: BrowserContext, notes: str, edge: Edge) -> None:
    edge.account(ANNA, PASSWORD)
    one, two = context.new_page(), context.new_page()
    sign_in(one, notes)
    two.goto(notes)
    expect(two.get_by_role("heading", name="Notes")).to_be_visible()
    add(one, "Milk")
    expect(two.get_by_text("Milk until")).to_be_visible()


def test_an_app_that_was_not_deployed_says_that_it_has_no_database(
    page: Page, notes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in DEPLOYED:
        monkeypatch.delitem(ENV, name)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = complaints(page)
    page.goto(notes)
    fill(page, ANNA, PASSWORD, "Sign in")
    expect(page.get_by_role("alert")).to_contain_text("this app has no database yet")
    assert all(url.startswith(notes) for url in asked)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_for_signing_in_fit_a_phone_and_stand_out(
    browser: Browser, notes: str, edge: Edge, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
    page = context.new_page()
    Edge().serve(context)
    for path in ("sign-in", "sign-up", "forgot-password", "reset-password", "confirm"):
        page.goto(f"{notes}/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        ratios = page.evaluate(CONTRASTS)
        assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_only_apps_that_use_the_database_carry_its_client(build: Build) -> None:
    def clients(dist: Path) -> list[str]:
        return [path.name for path in dist.rglob("*.js") if API_VERSION in path.read_text()]

    assert clients(build()) == []
    assert clients(build(Path(__file__).parent / "app")) == []  # with lists that the browser keeps
    (client,) = clients(build(Path(__file__).parent / "notes"))
    assert client.startswith("supabase-")


def test_in_development_each_table_that_is_used_is_logged(
    browser: Browser, edge: Edge, laid_out: LayOut
) -> None:
    app = laid_out(Path(__file__).parent / "notes")
    page_file = app / "index.html"
    page_file.write_bytes(fill_env(page_file.read_bytes(), {**ENV, **DEPLOYED}))
    context = browser.new_context()
    edge.serve(context)
    edge.account(ANNA, PASSWORD)
    with serve_for_development(app) as url:
        page = context.new_page()
        with page.expect_console_message(lambda message: "[database]" in message.text) as logged:
            sign_in(page, url)
        assert logged.value.text == f"[database] GET notes of {ENV['APP_ID']}"
    context.close()
