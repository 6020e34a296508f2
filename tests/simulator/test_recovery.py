"""A failed build without a script: plain repairs, the plan's own text again, or an honest end."""

import pytest
from anthropic import AsyncAnthropic

from tests.simulator.harness import Session, Workshop, template_files
from tests.simulator.test_blueprint_apps import READING_LIST

HOME = "src/pages/Home.tsx"
STATISTICS = "src/pages/Statistics.tsx"
REPAIRS = {  # what is right, what stands there instead, where it shows, what the type checker says
    "spelling": (
        "useState<string",
        "useStat<string",
        "useStat<string",
        "TS2552: Cannot find name 'useStat'. Did you mean 'useState'?",
    ),
    "import": ("import { Badge,", "import {", "<Badge", "TS2304: Cannot find name 'Badge'."),
}


@pytest.mark.parametrize("name", REPAIRS)
async def test_plain_mistakes_are_repaired(client: AsyncAnthropic, workshop: Workshop, name: str) -> None:
    good, bad, shows, message = REPAIRS[name]
    files = (await Session(client, template_files(), READING_LIST).run()).files
    files[HOME] = files[HOME].replace(good, bad)
    session = await Session(client, files, "add a notes field").run()
    assert message in await workshop.check(session.files, bundle=False)
    line = next(number for number, text in enumerate(files[HOME].splitlines(), 1) if shows in text)
    session.recover(f"{HOME}:{line}:1 {message}")
    await session.run()
    assert session.errors == []
    assert await workshop.check(session.files, bundle=False) == ""


async def test_a_damaged_file_gets_the_plans_text_again(client: AsyncAnthropic, workshop: Workshop) -> None:
    session = await Session(client, template_files(), READING_LIST).run()
    good = dict(session.files)
    session.files[STATISTICS] = session.files[STATISTICS].replace("items.length", "item.length")
    session.recover(f"{STATISTICS}:20:40 TS2304: Cannot find name 'item'.")
    await session.run()
    assert session.files == good
    assert await workshop.check(session.files, bundle=False) == ""


async def test_what_no_rule_repairs_ends_honestly(client: AsyncAnthropic) -> None:
    session = await Session(client, template_files(), READING_LIST).run()
    for attempt, text in enumerate([f"{HOME}:1:1 TS2322: Something odd.", "The build ran out of memory."], 1):
        before = dict(session.files)
        session.recover(text, attempt)
        await session.run()
        assert session.files == before
        assert "no rule that repairs them" in str(session.summary)
