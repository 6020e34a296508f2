"""A newer foundation: the app's files stay its own, get what they lack, and name the kit's parts anew."""

from anthropic import AsyncAnthropic

from orchestrator.domain.upgrade import Merge, Sides, Upgrade, upgrade_note
from tests.orchestrator.domain.test_upgrade_of_releases import BEFORE, NOW, served
from tests.simulator.harness import Session, Workshop, template_files

APP, HOME, TEXTS = "src/App.tsx", "src/pages/Home.tsx", "src/texts/auth.ts"
STYLE, THEME = "src/index.css", "src/theme.css"
UPGRADE = Upgrade(BEFORE.descriptor.ref, NOW.descriptor.ref)
OF_THE_FIRST = """import { useState } from "react";

import { Checkbox, Select } from "@/components/ui";

export function Home() {
  const [seen, setSeen] = useState(false);
  return (
    <>
      <Checkbox checked={seen} onChange={(event) => setSeen(event.target.checked)} />
      <Select defaultValue="lake" onChange={(event) => setSeen(event.target.value === "lake")}>
        <option value="lake">Lake</option>
      </Select>
    </>
  );
}
"""


def conflict(path: str, mine: str) -> Sides:
    return Sides(path, served(BEFORE).files[path], mine.encode(), served(NOW).files[path])


async def test_an_apps_own_words_stay_and_the_new_ones_are_added(
    client: AsyncAnthropic, workshop: Workshop
) -> None:
    former = {
        path: content.decode() for path, content in served(BEFORE).files.items() if path in {APP, TEXTS}
    }
    texts = former[TEXTS].replace('"E-mail address"', '"E-Mail"').replace('"Loading…"', '"Lädt …"')
    app = former[APP].replace("</main>", "</main><footer>Mine</footer>")
    merge = Merge()
    for sides in (conflict(TEXTS, texts), conflict(APP, app)):
        merge.take(sides, None)
    files = {**template_files(), TEXTS: texts, APP: app}
    session = Session(client, files, UPGRADE.request, before=upgrade_note(UPGRADE, merge))
    await session.run()
    assert session.errors == []
    assert session.files[APP] == app
    lines = session.files[TEXTS].splitlines()
    assert [line for line in lines if line in set(texts.splitlines())] == texts.splitlines()
    assert '  accountTitle: "Your account",' in lines
    assert "kept those of the app" in (session.summary or "")
    assert await workshop.check(session.files, bundle=False) == ""


async def test_an_apps_colours_become_those_of_its_theme(client: AsyncAnthropic, workshop: Workshop) -> None:
    before, now = (served(release).files for release in (BEFORE, NOW))
    style = before[STYLE].decode().replace("--primary: #4052c9", "--primary: #116633")
    style = style.replace("--primary: #9aa8ff", "--primary: #77dd99") + ".mine { color: red; }\n"
    merge = Merge()
    merge.take(conflict(STYLE, style), None)
    session = Session(
        client, {**template_files(), STYLE: style}, UPGRADE.request, before=upgrade_note(UPGRADE, merge)
    )
    await session.run()
    assert session.errors == []
    assert session.files[STYLE] == now[STYLE].decode() + ".mine { color: red; }\n"
    light, dark = session.files[THEME].split(".dark {")
    for tokens, values in ((light, ("#116633", "#f8f9fb")), (dark, ("#77dd99", "#101319"))):
        primary, background = values
        assert f"  --primary: {primary};" in tokens.splitlines()
        assert f"  --background: {background};" in tokens.splitlines()
    assert session.files[THEME].count("\n") == now[THEME].count(b"\n")
    assert await workshop.check(session.files) == ""


async def test_a_style_sheet_that_is_another_stays(client: AsyncAnthropic) -> None:
    style = served(BEFORE).files[STYLE].decode().replace(":root {", ".mine { color: red; }\n\n:root {", 1)
    merge = Merge()
    merge.take(conflict(STYLE, style), None)
    files = {**template_files(), STYLE: style}
    session = Session(client, files, UPGRADE.request, before=upgrade_note(UPGRADE, merge))
    await session.run()
    assert session.files == files


async def test_what_the_kit_has_under_other_names_is_named_anew(
    client: AsyncAnthropic, workshop: Workshop
) -> None:
    session = Session(client, {**template_files(), HOME: OF_THE_FIRST}, UPGRADE.request)
    problems = await workshop.check(session.files, bundle=False)
    assert "'checked' does not exist" in problems
    session.messages[0]["content"].append({"type": "text", "text": recovery(problems)})
    await session.run()
    assert session.errors == []
    assert "onCheckedChange={(checked) => setSeen(checked === true)}" in session.files[HOME]
    assert await workshop.check(session.files, bundle=False) == ""


async def test_what_it_has_no_rule_for_stays_as_it_is(client: AsyncAnthropic) -> None:
    files = {
        **template_files(),
        HOME: OF_THE_FIRST.replace("(event) => setSeen(event.target.checked)", "tick"),
    }
    session = Session(client, files, UPGRADE.request)
    session.messages[0]["content"].append({"type": "text", "text": recovery(f"{HOME}:9:26 TS2322: No.")})
    await session.run()
    assert {path for path in files if files[path] != session.files[path]} <= {HOME}
    assert "Upgrade the app" not in session.files[HOME]


def recovery(problems: str) -> str:
    return f'<error_recovery category="type" attempt="1" of="2">\n{problems}\n</error_recovery>'
