"""Apps with people, on real parts: sign-in, rows of one's own, rows for everybody, a forgotten password."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from dev.browser import chromium
from dev.stack.stack import Stack
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

TODO = "Generate a simple todo app with user authentication"
GUESTBOOK = "a public guestbook"
ANNA = ("anna@example.com", "a long password")
BEN = ("ben@example.com", "quite another one")
MAIL_SECONDS = 120

# Every row of a table that the page's visitor gets, and what a change of all rows would do.
REACH = """async ([table, method, body]) => {
  const { APP_ID, SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = window.ENV;
  const session = JSON.parse(localStorage.getItem(`${APP_ID}:session`) ?? "null");
  const token = session?.access_token ?? SUPABASE_PUBLISHABLE_KEY;
  const answer = await fetch(`${SUPABASE_URL}/rest/v1/${table}?created_at=gt.2000-01-01`, {
    method,
    headers: {
      apikey: SUPABASE_PUBLISHABLE_KEY,
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      Prefer: "return=representation",
    },
    body: body && JSON.stringify(body),
  });
  return [answer.status, await answer.json()];
}"""


@pytest.mark.usefixtures("stack")
async def test_people_keep_their_own_and_share_what_is_everybodys(api: Api, stack: Stack) -> None:
    todo, guestbook = await asyncio.gather(live(api, stack, TODO), live(api, stack, GUESTBOOK))
    async with chromium() as browser:
        await each_sees_only_their_own(browser, todo)
        await a_later_field_keeps_what_is_there(browser, api, todo)
        await a_forgotten_password_is_chosen_anew(browser, stack, todo)
        await everybody_shares_the_guestbook(browser, guestbook)


async def live(api: Api, stack: Stack, prompt: str) -> str:
    """The address of an app made from the prompt."""
    app, run = await api.create_app(prompt)
    await api.succeeded(app, run)
    files = (await api.get(f"/v1/apps/{app}/files"))["files"]
    assert [file["path"] for file in files if file["path"].startswith("supabase/migrations/0001_")]
    return stack.app_url(f"{app}-preview")


@asynccontextmanager
async def device(browser: Browser, url: str) -> AsyncIterator[Page]:
    """A page of a browser that has never been there; no error of its scripts may go unnoticed."""
    context = await browser.new_context()
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(url)
    yield page
    assert errors == []
    await context.close()


async def each_sees_only_their_own(browser: Browser, url: str) -> None:
    async with device(browser, url) as anna, device(browser, url) as ben:
        await sign_up(anna, *ANNA)
        await add_task(anna, "Buy milk")
        await sign_up(ben, *ANNA)
        await expect(ben.get_by_role("alert")).to_contain_text(
            "There is an account with this address already."
        )
        await sign_up(ben, *BEN)
        await expect(ben.get_by_text("No tasks yet")).to_be_visible()
        await add_task(ben, "Call mum")
        status, rows = await ben.evaluate(REACH, ["tasks", "GET", None])
        assert (status, titles(rows)) == (200, ["Call mum"])
        status, rows = await ben.evaluate(REACH, ["tasks", "PATCH", {"title": "Ben was here"}])
        assert (status, titles(rows)) == (200, ["Ben was here"])
        await anna.get_by_label("Done: Buy milk").check()
        await anna.reload()
        await expect(anna.get_by_label("Done: Buy milk")).to_be_checked()
        await expect(anna.get_by_role("listitem")).to_have_count(1)
        await anna.get_by_role("button", name="Sign out").click()
        await sign_in(anna, ANNA[0], "not her password")
        await expect(anna.get_by_role("alert")).to_contain_text("The address or the password is wrong.")
        status, rows = await anna.evaluate(REACH, ["tasks", "GET", None])
        assert rows == []
        await sign_in(anna, *ANNA)
        await expect(anna.get_by_label("Done: Buy milk")).to_be_checked()
    async with device(browser, url) as other_device:
        await sign_in(other_device, *ANNA)
        await expect(other_device.get_by_label("Done: Buy milk")).to_be_checked()


async def a_later_field_keeps_what_is_there(browser: Browser, api: Api, url: str) -> None:
    app = (httpx.URL(url).host or "").partition("-")[0]
    await api.succeeded(app, await api.send(app, "add a place field"))
    async with device(browser, url) as ben:
        await sign_in(ben, *BEN)
        await expect(ben.get_by_text("Ben was here")).to_be_visible()
        await ben.get_by_label("Place").fill("Bremen")
        await add_task(ben, "Visit Anna")
        await ben.reload()
        await expect(ben.get_by_text("Bremen")).to_be_visible()


async def a_forgotten_password_is_chosen_anew(browser: Browser, stack: Stack, url: str) -> None:
    async with device(browser, url) as anna:
        await anna.get_by_role("link", name="Forgot your password?").click()
        await anna.get_by_label("E-mail address").fill(ANNA[0])
        await anna.get_by_role("button", name="Send the link").click()
        await expect(anna.get_by_text("a link is on its way")).to_be_visible()
    link = await mailed_link(stack, ANNA[0])
    async with device(browser, link) as anna:
        await anna.get_by_label("New password").fill("a new password")
        await anna.get_by_role("button", name="Save the password").click()
        await expect(anna.get_by_label("Done: Buy milk")).to_be_checked()
    async with device(browser, link) as late:
        await expect(late.get_by_role("alert")).to_contain_text("This link was used before")
        await late.goto(url)
        await sign_in(late, *ANNA)
        await expect(late.get_by_role("alert")).to_contain_text("The address or the password is wrong.")
        await sign_in(late, ANNA[0], "a new password")
        await expect(late.get_by_label("Done: Buy milk")).to_be_checked()


async def everybody_shares_the_guestbook(browser: Browser, url: str) -> None:
    async with device(browser, url) as anna, device(browser, url) as ben:
        await sign_guestbook(anna, "Anna", "What a lovely place")
        await ben.reload()
        await expect(ben.get_by_text("What a lovely place")).to_be_visible()
        await sign_guestbook(ben, "Ben", "So it is")
        for method, body in (("PATCH", {"message": "Spam"}), ("DELETE", None)):
            _, rows = await ben.evaluate(REACH, ["messages", method, body])
            assert rows == []
        status, _ = await ben.evaluate(REACH, ["messages", "POST", {"name": "", "message": "x" * 20_000}])
        assert status == 400
        await anna.reload()
        await expect(anna.get_by_role("listitem").filter(has_text="What a lovely place")).to_have_count(1)
        await expect(anna.get_by_role("listitem").filter(has_text="So it is")).to_have_count(1)
        await expect(anna.get_by_role("listitem")).to_have_count(2)


async def sign_up(page: Page, email: str, password: str) -> None:
    await page.get_by_role("banner").get_by_role("link", name="Sign up").click()
    await expect(page.get_by_role("heading", name="Sign up")).to_be_visible()
    await send_credentials(page, email, password, "Sign up")


async def sign_in(page: Page, email: str, password: str) -> None:
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await send_credentials(page, email, password, "Sign in")


async def send_credentials(page: Page, email: str, password: str, button: str) -> None:
    form = page.get_by_role("main")
    await form.get_by_label("E-mail address").fill(email)
    await form.get_by_label("Password").fill(password)
    await form.get_by_role("button", name=button).click()


async def add_task(page: Page, title: str) -> None:
    await page.get_by_label("Title").fill(title)
    async with page.expect_response(lambda answer: "/rest/v1/tasks" in answer.url and answer.status == 201):
        await page.get_by_role("button", name="Add task").click()
    await expect(page.get_by_label(f"Done: {title}")).to_be_visible()


async def sign_guestbook(page: Page, name: str, message: str) -> None:
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("textbox", name="Message").fill(message)
    async with page.expect_response(
        lambda answer: "/rest/v1/messages" in answer.url and answer.status == 201
    ):
        await page.get_by_role("button", name="Add message").click()


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["title"] for row in rows]


async def mailed_link(stack: Stack, to: str) -> str:
    """The link of the newest mail to the address, once there is one."""
    async with asyncio.timeout(MAIL_SECONDS), httpx.AsyncClient(trust_env=False) as http:
        while True:
            mails = (await http.get(f"{stack.config.url('mail')}/mails", params={"to": to})).json()["items"]
            if mails:
                return str(mails[0]["links"][0])
            await asyncio.sleep(0.1)
