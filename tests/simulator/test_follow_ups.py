"""A follow-up message changes the app by line_replace, in two turns, and the app still builds."""

import pytest
from anthropic import AsyncAnthropic

from tests.simulator.harness import Session, Workshop, template_files
from tests.simulator.test_blueprint_apps import READING_LIST

HOME = "src/pages/Home.tsx"
LIB = "src/lib/books.ts"
CARD = "src/components/BookCard.tsx"
FORM = "src/components/BookForm.tsx"
WISHES = {
    'rename the heading to "My bookshelf"': {HOME: ">My bookshelf</h1>"},
    "Please change the title to Books & more <3": {
        HOME: '{"Books & more <3"}</h1>',
        "src/App.tsx": 'APP_NAME = "Books & more <3"',
    },
    "Change the heading of the statistics page to Numbers.": {"src/pages/Statistics.tsx": ">Numbers</h1>"},
    "call the app Shelf": {HOME: ">Shelf</h1>", "src/App.tsx": 'APP_NAME = "Shelf"'},
    "add a field genre (novel, poetry, comic) to each book": {
        LIB: 'GENRE_OPTIONS = ["Novel", "Poetry", "Comic"]',
        FORM: "<NativeSelect",
        CARD: "item.genre",
        "src/pages/Statistics.tsx": "By genre",
    },
    "Add a pages field and a finished date": {
        LIB: "finishedDate: string",
        FORM: 'type="date"',
        CARD: "formatDate",
    },
    "add a favourite flag": {CARD: "onChange({ favourite: checked === true })"},
    "remove the author field": {},
    "add an about page": {"src/pages/About.tsx": "About", "src/routes.tsx": 'path: "/about"'},
    'change the text "Add the first one" to "Start with one"': {HOME: "Start with one with the form."},
    "make it feel like an old library": {HOME: "Noted: make it feel like an old library"},
}


async def reading_list(client: AsyncAnthropic) -> dict[str, str]:
    return (await Session(client, template_files(), READING_LIST).run()).files


@pytest.mark.parametrize("wish", WISHES)
async def test_a_wish_becomes_an_edit(client: AsyncAnthropic, workshop: Workshop, wish: str) -> None:
    before = await reading_list(client)
    session = await Session(client, dict(before), wish).run()
    assert session.errors == []
    assert session.files != before
    for path, text in WISHES[wish].items():
        assert text in session.files[path]
    assert len(session.turns) == 2
    calls = [block.name for turn in session.turns for block in turn.content if block.type == "tool_use"]
    assert "rewrite_file" not in calls
    assert calls[-1] == "finish"
    assert await workshop.check(session.files, bundle=False) == ""


async def test_a_new_field_of_a_table_comes_with_a_migration(
    client: AsyncAnthropic, workshop: Workshop
) -> None:
    files = (await Session(client, template_files(), "a todo app with sign-in").run()).files
    for number, wish, step in (
        (
            2,
            "add a field genre (novel, poetry) to each task",
            "add column genre text not null default 'Novel'",
        ),
        (3, "add a place field", "add column place text not null default ''"),
        (4, "remove the title field", "alter column title drop not null"),
    ):
        session = await Session(client, dict(files), wish).run()
        assert session.errors == []
        [added] = session.files.keys() - files.keys()
        assert added.startswith(f"supabase/migrations/{number:04}_")
        assert f"alter table public.tasks {step}" in session.files[added]
        assert (
            session.files["supabase/migrations/0001_tasks.sql"] == files["supabase/migrations/0001_tasks.sql"]
        )
        files = session.files
    assert await workshop.check(files, bundle=False) == ""


@pytest.mark.parametrize(
    ("wish", "mode"),
    [("Which pages are there?", "build"), ("Add a page", "ask"), ("Add an about page", "plan")],
)
async def test_words_are_answered_with_words(client: AsyncAnthropic, wish: str, mode: str) -> None:
    before = await reading_list(client)
    session = await Session(client, dict(before), wish, f"<mode>{mode}</mode>\n").run()
    assert session.files == before
    assert len(session.turns) == 1
    assert session.summary is not None
    assert ("New page: About" if mode == "plan" else "its pages are Home") in session.summary


async def test_a_removed_field_is_gone_everywhere(client: AsyncAnthropic) -> None:
    session = await Session(client, await reading_list(client), "remove the author field").run()
    template = template_files()
    written = {path: text for path, text in session.files.items() if text != template.get(path)}
    assert written
    assert not [path for path, text in written.items() if "author" in text]


async def test_edits_keep_what_people_changed(client: AsyncAnthropic, workshop: Workshop) -> None:
    files = await reading_list(client)
    files[CARD] = files[CARD].replace("space-y-1.5", "space-y-5").replace(">Author<", ">Written by<")
    session = await Session(client, files, "add a field publisher").run()
    assert "space-y-5" in session.files[CARD]
    assert ">Written by<" in session.files[CARD]
    assert "item.publisher" in session.files[CARD]
    assert await workshop.check(session.files, bundle=False) == ""


async def test_fields_added_one_after_another(client: AsyncAnthropic, workshop: Workshop) -> None:
    files = await reading_list(client)
    for wish in ("add a price field", "add a website field", "add a number of copies", "add a notes field"):
        files = (await Session(client, files, wish).run()).files
    for name in ("price", "website", "copies", "notes"):
        assert f"item.{name}" in files[CARD]
    assert await workshop.check(files, bundle=False) == ""


@pytest.mark.parametrize("wish", ["add a title field", "remove the colour field", "What can you do?"])
async def test_what_cannot_be_done_is_said(client: AsyncAnthropic, wish: str) -> None:
    before = await reading_list(client)
    session = await Session(client, dict(before), wish).run()
    assert session.files == before
    assert "simulator" in str(session.summary)


async def test_a_stale_revision_is_read_again(client: AsyncAnthropic) -> None:
    session = Session(client, await reading_list(client), "rename the heading to Shelf")
    session.take(await session.ask())
    session.files[HOME] = session.files[HOME].replace("Your @", "") + "// changed meanwhile\n"
    await session.run()
    assert [error[:12] for error in session.errors] == ["error: stale", "error: not f"]
    assert ">Shelf</h1>" in session.files[HOME]
    assert "changed meanwhile" in session.files[HOME]


async def test_a_list_of_files_that_leaves_some_out(client: AsyncAnthropic, workshop: Workshop) -> None:
    session = Session(client, template_files(), READING_LIST)
    listed = session.messages[0]["content"][0]
    listed["text"] = listed["text"].replace(f"{HOME} ", "docs/other.md ")
    await session.run()
    assert ["exists" in error for error in session.errors] == [True]
    assert ">Reading list</h1>" in session.files[HOME]
    assert await workshop.check(session.files, bundle=False) == ""


async def test_a_file_that_always_refuses_ends_the_work(client: AsyncAnthropic) -> None:
    session = Session(client, await reading_list(client), "rename the heading to Shelf")
    message = await session.ask()
    for _ in range(12):
        session.take(message)
        for block in session.messages[-1]["content"]:
            block |= {"content": "error: the disk is full", "is_error": True}
        message = await session.ask()
        calls = [block for block in message.content if block.type == "tool_use"]
        if [call.name for call in calls] == ["finish"]:
            break
    assert "disk is full" in str(calls[0].input["summary"])
