"""A prompt becomes an app that type-checks and builds, in a few turns."""

import pytest
from anthropic import AsyncAnthropic

from tests.simulator.harness import Session, Workshop, template_files

READING_LIST = (
    "A reading list: title, author, rating and a done flag, a form to add one and a statistics page"
)
PROMPTS = {
    READING_LIST: ["src/lib/books.ts", "src/pages/Statistics.tsx"],
    "A recipe box with name, ingredients, servings, prep time in minutes; add an about page and search": [
        "src/lib/recipes.ts",
        "src/pages/About.tsx",
    ],
    "I'd like a movie tracker. Each movie has a title, a director, genre (drama, comedy and horror), release "
    "date, ticket price, website and whether I have seen it. Include a stats page!": [
        "src/lib/movies.ts",
        "src/pages/Statistics.tsx",
    ],
    "Generate a simple todo app with user authentication, an about page and statistics": [
        "supabase/migrations/0001_tasks.sql",
        "src/lib/tasks.ts",
    ],
    "a public guestbook": ["supabase/migrations/0001_messages.sql", "src/components/MessageCard.tsx"],
    "todo list": ["src/lib/tasks.ts", "src/components/TaskForm.tsx"],
}


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_prompt_becomes_an_app_that_builds(
    client: AsyncAnthropic, workshop: Workshop, prompt: str
) -> None:
    session = await Session(client, template_files(), prompt).run()
    assert session.errors == []
    assert set(PROMPTS[prompt]) <= set(session.files)
    assert await workshop.check(session.files) == ""
    assert len(session.turns) <= 5
    first = session.turns[0].content[0]
    assert first.type == "text"
    assert "simulator" in first.text
    for turn in session.turns:
        written = [
            b for b in turn.content if b.type == "tool_use" and b.name in {"create_file", "rewrite_file"}
        ]
        assert len(written) <= 2
