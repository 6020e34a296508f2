"""What the grammar reads out of prompts."""

from dataclasses import replace
from typing import Literal

import pytest

from data.domain.sql.parse import load
from data.domain.sql.review import review
from dev.simulator.blueprint import migrations, render
from dev.simulator.blueprint.grammar import parse_prompt
from dev.simulator.blueprint.spec import Field
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


KEPT = {
    "A todo app with sign-up and sign-in, everyone sees only their own todos": "Todo app|task|own",
    "simple todo app with user authentication": "Todo app|task|own",
    "Generate a simple todo app with user authentication": "Todo app|task|own",
    "A reading list with login: title, author": "Reading list|book|own",
    "a public guestbook": "Guestbook|message|shared",
    "A wall of wishes where everyone can add one": "Wall of wishes|wish|shared",
    "A list of my passwords, no login please": "List of my passwords|password|browser",
    "Events with title, date and a public flag": "Events|event|browser",
}


@pytest.mark.parametrize("prompt", KEPT)
def test_people_and_what_is_everybodys_need_a_database(prompt: str) -> None:
    spec = parse_prompt(prompt)
    assert f"{spec.title}|{spec.entity}|{spec.kept}" == KEPT[prompt]
    again = read_spec(to_lines(render.entity_files(spec)[spec.lib_path]))
    assert again is not None
    assert again.kept == spec.kept


@pytest.mark.parametrize("kept", ["own", "shared"])
def test_a_table_passes_the_platforms_review(kept: Literal["own", "shared"]) -> None:
    """With fields of every kind, some of them named as Postgres' own words, and with later ones."""
    fields = (
        "order, description, page number, rating, price, due date, done flag, status, website, email, "
        "it's (o'neill, a;b), user id"
    )
    spec = replace(parse_prompt(f"A list of groups: {fields}"), kept=kept)
    assert len(spec.fields) == 12
    later = replace(spec, fields=(*spec.fields[1:], Field("user", "User"), Field("seen", "Seen", "boolean")))
    change = migrations.change_file(spec, later)
    assert change is not None
    assert 'alter column "order" drop not null' in change
    files = {"0001_groups.sql": migrations.table_file(spec), "0002_more.sql": change}
    assert review(load({f"{migrations.FOLDER}{name}": sql for name, sql in files.items()})) == []


@pytest.mark.parametrize(
    "entity", ["card", "event", "collection", "home", "route", "statistics", "2nd hand thing"]
)
def test_names_that_are_taken_get_others(entity: str) -> None:
    spec = parse_prompt(f"A list of my {entity}: name")
    assert spec.type_name not in {"Card", "Event", "Collection", "Home", "Route", "Statistics"}
    assert spec.lib_path not in {"src/lib/collection.ts", "src/lib/env.ts", "src/lib/utils.ts"}
    assert spec.type_name.isidentifier()
