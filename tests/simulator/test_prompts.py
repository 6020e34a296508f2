"""What the grammar reads out of prompts."""

import pytest

from dev.simulator.blueprint import render
from dev.simulator.blueprint.grammar import parse_prompt
from dev.simulator.blueprint.typefile import read_spec
from dev.simulator.conversation import to_lines

PROMPTS = {
    "A reading list: title, author, rating and a done flag": (
        "Reading list|book",
        "title text, author text, rating rating, done boolean",
    ),
    "inventory of tools with name, quantity, price and location": (
        "Inventory of tools|tool",
        "name text, quantity number, price price, location text",
    ),
    "I want an app to track my plants: species, last watered date and whether it is healthy.": (
        "Plants|plant",
        "species text, lastWateredDate date, healthy boolean",
    ),
    "Track expenses (amount, category, date, note) and show totals": (
        "Expenses|expense",
        "amount price, category text, date date, note textarea",
    ),
    "build a CRM for my clients with company name, contact email, website, status (lead, won, lost)": (
        "CRM for my clients|client",
        "companyName text, contactEmail email, website url, status choice",
    ),
    "Make a list of my cards\n- name\n- priority\n- number of copies\n- due date": (
        "List of my cards|card",
        "name text, priority choice, copies number, dueDate date",
    ),
    "todo list": ("Todo list|task", "title text, dueDate date, priority choice, done boolean"),
    "A guest list: only price and rating": ("Guest list|guest", "name text, onlyPrice price, rating rating"),
    "": ("My items|item", "name text, quantity number, bought boolean"),
    "今日は": ("今日は|item", "name text, quantity number, bought boolean"),
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_prompt_names_the_thing_and_its_fields(prompt: str) -> None:
    spec = parse_prompt(prompt)
    subject, fields = PROMPTS[prompt]
    assert f"{spec.title}|{spec.entity}" == subject
    assert ", ".join(f"{field.name} {field.kind}" for field in spec.fields) == fields


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_type_file_says_all_that_an_edit_needs(prompt: str) -> None:
    """A follow-up knows an app only by its files."""
    spec = parse_prompt(prompt)
    files = render.entity_files(spec)
    again = read_spec(to_lines(files[spec.lib_path]))
    assert again is not None
    assert again.fields == spec.fields
    assert render.entity_files(again) == files


@pytest.mark.parametrize(
    ("prompt", "pages"),
    [
        ("books: title, and an about page and stats", ("About", "Statistics")),
        ("books: title; a home page, a settings page", ("Settings",)),
        ("books with title. Show a dashboard!", ("Statistics",)),
    ],
)
def test_pages(prompt: str, pages: tuple[str, ...]) -> None:
    assert parse_prompt(prompt).pages == pages


@pytest.mark.parametrize(
    "entity", ["card", "event", "collection", "home", "route", "statistics", "2nd hand thing"]
)
def test_names_that_are_taken_get_others(entity: str) -> None:
    spec = parse_prompt(f"A list of my {entity}: name")
    assert spec.type_name not in {"Card", "Event", "Collection", "Home", "Route", "Statistics"}
    assert spec.lib_path not in {"src/lib/collection.ts", "src/lib/env.ts", "src/lib/utils.ts"}
    assert spec.type_name.isidentifier()
