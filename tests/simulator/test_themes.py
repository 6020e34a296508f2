"""An app's look follows from the words of its prompt, and wishes about it change no more than they name."""

import pytest
from anthropic import AsyncAnthropic

from dev.simulator.blueprint.themes import theme_for, theme_wish
from orchestrator.domain.arguments import SetTheme
from orchestrator.domain.theme.brief import Brief, theme_of
from orchestrator.domain.theme.colour import difference
from orchestrator.domain.theme.presets import PRESETS
from orchestrator.domain.theme.sheet import THEME_FILE
from tests.simulator.harness import Session, template_files
from tests.simulator.test_blueprint_apps import READING_LIST

PROMPTS = {
    READING_LIST: "paper",
    "A landing page for a bakery called Morgenrot: what we bake, opening hours. Warm colours.": "bakery",
    "A CRM: companies, contacts and deals, with a pipeline board": "ledger",
    "A habit tracker with charts for my kids": "candy",
    "A quiz game about capitals with a high score": "arcade",
    "A dashboard of our support tickets": "daylight",
    "Bookings for my hair salon: customer name, date, service (cut, colour, beard)": "blossom",
    "A wardrobe of words": "",
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_words_of_a_prompt_choose_its_look(prompt: str) -> None:
    theme = theme_for(prompt)
    assert PROMPTS[prompt] in {theme["preset"], ""}
    assert theme == theme_for(prompt)
    SetTheme.model_validate(theme)


def test_no_two_prompts_look_alike() -> None:
    asked = [SetTheme.model_validate(theme_for(prompt)) for prompt in PROMPTS]
    looks = [theme_of(Brief(**one.model_dump())).palette.light() for one in asked]
    pages = [(look["primary"], look["background"]) for look in looks]
    for number, one in enumerate(pages):
        for other in pages[:number]:
            assert difference(one[0], other[0]) + difference(one[1], other[1]) > 0.05, (one, other)


@pytest.mark.parametrize("words", [*PRESETS])
def test_every_preset_can_be_had_by_its_name(words: str) -> None:
    assert theme_wish(f"use the {words} theme")["preset"] == words


@pytest.mark.parametrize(
    ("wish", "asked"),
    [
        ("make it blue", {"primary": "#1d4ed8"}),
        ("Make it darker and more playful", {"appearance": "dark", "mood": "playful"}),
        ("rounder corners, please", {"radius": "round"}),
        ("make the design more compact", {"density": "compact"}),
        ("the buttons should be green", {"primary": "#15803d"}),
        ("Make everything elegant, with a warm background", {"mood": "elegant", "neutral": "warm"}),
        ("a serif font would be nice", {"fonts": "fraunces"}),
        ("make it feel like an old library", {}),
        ("add a colour field", {}),
        ("What can you do?", {}),
        ("add a field shape (round, square)", {}),
    ],
)
def test_a_wish_about_the_look_is_understood(wish: str, asked: dict[str, str]) -> None:
    assert theme_wish(wish) == asked
    SetTheme.model_validate(theme_wish(wish))


async def test_a_new_app_gets_its_theme_first(client: AsyncAnthropic) -> None:
    session = await Session(client, template_files(), READING_LIST).run()
    assert session.errors == []
    calls = [block.name for turn in session.turns for block in turn.content if block.type == "tool_use"]
    assert calls[0] == "set_theme"
    assert calls.count("set_theme") == 1
    assert Brief.stored_in(session.files[THEME_FILE]).preset == "paper"


async def test_a_wish_about_the_look_changes_the_theme_alone(client: AsyncAnthropic) -> None:
    files = (await Session(client, template_files(), READING_LIST).run()).files
    session = await Session(client, dict(files), "make it rounder and blue").run()
    assert {path for path in files if files[path] != session.files[path]} == {THEME_FILE}
    asked = Brief.stored_in(session.files[THEME_FILE])
    assert asked == Brief(preset="paper", primary="#1d4ed8", radius="round")
    again = await Session(client, dict(session.files), "make it blue").run()
    assert again.files == session.files
    assert "The look stays as it is" in str(again.summary)
