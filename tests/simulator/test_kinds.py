"""Every kind of app is built, works, and is accessible on all pages, in both themes, narrow and wide."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, cast

import pytest
from anthropic import AsyncAnthropic
from playwright.async_api import Browser, Page, expect

from builder.clients.browser.pool import axe_files
from common.contracts.source import lock_reason
from dev.browser import chromium, listen
from dev.simulator.blueprint.plan import THEME
from tests.builder.browsers import dependencies
from tests.simulator.harness import Session, Workshop, locks_of, template_files
from tests.simulator.kinds import SAMPLES, TYPES, built, fill, serving

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)  # against hanging alone


@dataclass(frozen=True)
class View:
    width: int
    scheme: Literal["light", "dark"]
    full: bool = True


VIEWS = (View(1280, "light"), View(390, "dark"), View(390, "light", full=False))


@pytest.fixture(scope="module")
def axe() -> str:
    with ThreadPoolExecutor(1) as thread:
        modules = thread.submit(asyncio.run, dependencies().prepare(axe_files())).result()
    return (modules / "axe-core" / "axe.min.js").read_text()


async def sign_in(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def move_a_deal(page: Page) -> None:
    offers = page.get_by_role("region", name="Offer")
    await page.get_by_role("button", name="Move New website").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("New website is over Lead.")).to_be_attached()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_text("New website is over Offer.")).to_be_attached()
    await page.keyboard.press("Space")
    await expect(offers.get_by_role("heading", name="New website")).to_be_visible()
    await expect(offers).to_contain_text("€38,100")
    await page.get_by_role("button", name="Add deal").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add deal").click()
    await expect(dialog.get_by_text("Say which company the deal is with.")).to_be_visible()
    await dialog.get_by_label("Company").fill("Waldhaus")
    await dialog.get_by_label(re.compile("^Value")).fill("900")
    await dialog.get_by_role("button", name="Add deal").click()
    await expect(page.get_by_role("region", name="Lead")).to_contain_text("Waldhaus")
    await page.reload()
    await expect(offers.get_by_role("heading", name="New website")).to_be_visible()


async def tick_a_habit(page: Page) -> None:
    await page.get_by_role("button", name="Add habit").click()
    await page.get_by_label("Habit", exact=True).fill("Water the plants")
    await page.get_by_role("dialog").get_by_role("button", name="Add habit").click()
    card = page.get_by_role("article").filter(has_text="Water the plants")
    await expect(card).to_contain_text("No streak yet")
    await card.get_by_role("button", name="done today").click()
    await expect(card).to_contain_text("1 day in a row")


async def write_to_the_bakery(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("Morgenrot")
    await expect(page.get_by_role("row", name="Tuesday")).to_contain_text("7:00 \u2013 14:00")
    await page.get_by_label("Name").fill("Ada")
    await page.get_by_label("E-mail").fill("nonsense")
    await page.get_by_label("Message").fill("A cake, please")
    await page.get_by_role("button", name="Send the message").click()
    await expect(page.get_by_text("Enter an address that we can answer to")).to_be_visible()
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_role("button", name="Send the message").click()
    # There is no database behind this page, and it says so instead of thanking.
    await expect(page.get_by_text("Your message was not sent")).to_be_visible()
    await expect(page.get_by_label("Message")).to_have_value("A cake, please")


async def play(page: Page) -> None:
    await page.get_by_role("button", name="Start the quiz").click()
    for number in range(1, 11):
        await expect(page.get_by_text(f"Question {number} of 10")).to_be_visible()
        await page.keyboard.press("1")
        await expect(page.get_by_text("Right", exact=True)).to_be_visible()
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(r"^\d+ of 10$"))
    await page.get_by_label("Your name for the scores").fill("Grace")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name="See all scores").click()
    await expect(page.get_by_role("row").filter(has_text="Grace")).to_have_count(1)


async def compare_years(page: Page) -> None:
    revenue = page.locator("dt", has_text="Revenue").locator("xpath=following-sibling::dd[1]")
    this_year = await revenue.inner_text()
    await page.get_by_role("radio", name="Last year").click()
    await expect(revenue).not_to_have_text(this_year)
    await expect(page.get_by_text("Sample data, made up")).to_be_visible()


async def move_a_card(page: Page) -> None:
    doing, done = (page.get_by_role("region", name=name) for name in ("Doing", "Done"))
    await expect(done.get_by_role("heading", level=3)).to_have_count(2)
    await page.get_by_role("button", name="Move Prices for next year").focus()
    for key in ("Space", "ArrowRight", "Space"):
        await page.keyboard.press(key)
    await expect(done.get_by_role("heading", name="Prices for next year")).to_be_visible()
    await expect(doing.get_by_role("heading", name="Prices for next year")).to_have_count(0)


USES: dict[str, Callable[[Page], Awaitable[None]]] = {
    "tasks": sign_in,
    "crm": move_a_deal,
    "habits": tick_a_habit,
    "landing": write_to_the_bakery,
    "quiz": play,
    "dashboard": compare_years,
    "board": move_a_card,
}


@pytest.mark.parametrize("kind", SAMPLES)
async def test_a_kind_works_and_is_accessible(
    kind: str, client: AsyncAnthropic, workshop: Workshop, axe: str
) -> None:
    with serving(await built(kind, client, workshop)) as url:
        async with chromium() as browser:
            await _used(browser, url, kind)
            found = [await _looked_at(browser, url, kind, axe, view) for view in VIEWS]
    assert [problem for problems in found for problem in problems] == []


async def _used(browser: Browser, url: str, kind: str) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    await fill(context, SAMPLES[kind].rows)
    page = await context.new_page()
    complaints = listen(page, "error", "warning")
    await page.goto(url)
    await USES[kind](page)
    assert complaints == []
    await context.close()


async def _looked_at(browser: Browser, url: str, kind: str, axe: str, view: View) -> list[str]:
    """What is wrong with its pages."""
    context = await browser.new_context(
        viewport={"width": view.width, "height": 844}, color_scheme=view.scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    if view.full:
        await fill(context, SAMPLES[kind].rows)
    page = await context.new_page()
    found: list[str] = []
    for path in SAMPLES[kind].pages if view.full else SAMPLES[kind].pages[:2]:
        await page.goto(f"{url}{path}", wait_until="networkidle")
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        found += [f"{path} {view}: {problem}" for problem in await _problems(page, axe, view.width)]
    await context.close()
    return found


async def _problems(page: Page, axe: str, width: int) -> list[str]:
    await page.evaluate(axe)
    violations = await page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    found = [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in violations]
    needed = await page.evaluate("document.documentElement.scrollWidth")
    return found if needed <= width else [*found, f"{needed} px wide"]


async def test_where_there_is_no_template_for_sites_a_place_has_its_page_too(
    client: AsyncAnthropic, workshop: Workshop
) -> None:
    sample = SAMPLES["landing"]
    session = await Session(client, template_files(), sample.prompt).run()
    assert session.errors == []
    assert await workshop.check({**session.files, TYPES: str(sample.types)}, bundle=False) == ""


async def test_nothing_of_a_templates_samples_is_left(client: AsyncAnthropic) -> None:
    files = template_files("site")
    session = await Session(client, dict(files), SAMPLES["landing"].prompt, template="site").run()
    left = {path for path, text in session.files.items() if files.get(path) == text}
    foundation = template_files().keys()
    assert {path for path in left - foundation if not lock_reason(path, locks_of("site"))} == set()
    wish = await Session(client, session.files, "call the app Vesper", template="site").run()
    assert wish.errors == []
    assert 'APP_NAME = "Vesper"' in wish.files["src/App.tsx"]


@pytest.mark.parametrize(
    ("template", "prompt", "file", "title"),
    [
        ("store", "An online shop called Lumen that sells candles", "src/shop.ts", "Lumen"),
        ("game", "A game where I catch stars, called Stardust", "src/App.tsx", "Stardust"),
        ("app", "An address book for our studio called Northlight", "src/App.tsx", "Northlight"),
        ("board", "A plan of articles called Herald", "src/App.tsx", "Herald"),
    ],
)
async def test_a_template_with_an_app_of_its_own_gets_a_name_and_a_look(
    client: AsyncAnthropic, template: str, prompt: str, file: str, title: str
) -> None:
    files = template_files(template)
    session = await Session(client, dict(files), prompt, template=template).run()
    assert session.errors == []
    assert {path for path, text in session.files.items() if files.get(path) != text} == {file, THEME}
    assert f'const APP_NAME = "{title}"' in session.files[file]
    assert session.summary is not None
    assert "the template\u2019s samples" in session.summary
    wish = await Session(
        client, dict(session.files), "make it blue", "<brief>\nA wish\n</brief>\n", template
    ).run()
    assert {path for path, text in wish.files.items() if session.files[path] != text} == {THEME}
    name = await Session(
        client, dict(session.files), "call the app Vesper", "<brief>\nA wish\n</brief>\n", template
    ).run()
    assert {path for path, text in name.files.items() if session.files[path] != text} == {file}
    assert 'const APP_NAME = "Vesper"' in name.files[file]


async def test_a_board_is_its_template_with_the_columns_of_the_prompt(client: AsyncAnthropic) -> None:
    files = template_files("board")
    prompt = "A kanban board called Press with columns (Idea, Draft, Proof-read, Proof read, Printed)"
    session = await Session(client, dict(files), prompt, template="board").run()
    assert session.errors == []
    changed = {path for path, text in session.files.items() if files.get(path) != text}
    data, samples = "src/data/board.ts", "src/data/samples.ts"
    assert changed == {data, samples, "src/App.tsx", "src/pages/Board.tsx", THEME}
    stages = session.files[data].partition("];")[0]
    columns = re.findall(r'id: "([^"]+)", title: "[^"]+", colour: "bg-chart-\d"(, done: true)?', stages)
    assert [done for _, done in columns] == ["", "", "", "", ", done: true"]
    ids = [name for name, _ in columns]
    assert len(set(ids)) == len(ids) == 5
    assert set(re.findall(r'card\("[^"]+", "([^"]+)"', session.files[samples])) <= set(ids)
    assert ">Press</h1>" in session.files["src/pages/Board.tsx"]
    wish = 'change the text "Add card" to "New card"'
    later = await Session(client, session.files, wish, "<brief>\nA wish\n</brief>\n", "board").run()
    assert "New card" in later.files["src/pages/Board.tsx"]


async def test_whoever_wishes_what_it_cannot_build_is_asked_for_something_else(
    client: AsyncAnthropic,
) -> None:
    """The platform ends no run of a new app with words alone."""
    asked = Session(client, template_files(), "A tip calculator")
    asked.take(await asked.ask())
    [call] = [block for block in asked.turns[0].content if block.type == "tool_use"]
    assert call.name == "ask"
    [question] = cast("list[dict[str, str]]", call.input["questions"])
    assert "beyond my rules" in question["question"]
    before = (
        "<earlier_request>\nA tip calculator\n</earlier_request>\n"
        f"<your_questions>\n1. {question['question']}\n</your_questions>\n"
    )
    answer = f"1. {question['question']}\nA quiz"
    session = await Session(client, template_files(), answer, before).run()
    assert session.errors == []
    assert "src/data/questions.ts" in session.files


WISHES = {
    "make it blue": {"src/theme.css"},
    "call the app Vesper": {"src/App.tsx"},
    'rename the heading to "Our deals"': {"src/pages/Home.tsx"},
    "add an imprint page": {"src/pages/Imprint.tsx", "src/routes.tsx"},
    'change the text "Add the first deal" to "Start with a deal"': {"src/pages/Home.tsx"},
    "add a field for the budget to each deal": set(),
    "make the robots dance": set(),
}


async def test_wishes_about_a_kind_are_done_or_declined(client: AsyncAnthropic, workshop: Workshop) -> None:
    """Nothing that the rules do not know changes the app; it is told instead."""
    files = (await Session(client, template_files(), SAMPLES["crm"].prompt).run()).files
    for wish, touched in WISHES.items():
        session = await Session(client, dict(files), wish).run()
        assert session.errors == []
        changed = {path for path, text in session.files.items() if files.get(path) != text}
        assert changed == touched, wish
        assert touched or "nothing was changed" in str(session.summary)
        files = session.files
    assert 'APP_NAME = "Vesper"' in files["src/App.tsx"]
    assert await workshop.check(files, bundle=False) == ""
