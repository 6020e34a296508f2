"""Which kind of app the words of a prompt choose, what of them it takes, and what it is honest about."""

import pytest

from data.domain.sql.parse import load
from data.domain.sql.review import review
from dev.simulator.blueprint.create import creation, title_of
from dev.simulator.blueprint.kinds.choose import refusal, sketch_of
from dev.simulator.blueprint.kinds.landing.hours import hours_in
from dev.simulator.respond import Responder
from dev.simulator.turn import Text
from dev.simulator.wire.prompt import Prompt
from orchestrator.domain.choosing import choice_in, choice_request
from orchestrator.domain.prompt import CHOICE_PROMPT
from tests.simulator.kinds import SAMPLES

CHOSEN = {
    "A CRM for my clients with company name, contact email and status (lead, won, lost)": "crm",
    "I sell solar panels. I need a small sales pipeline: deals with company, value and a stage": "crm",
    "A sales pipeline for my solar panels": "crm",
    "Habit tracker please. I name my habits": "habits",
    "A website for my hair salon in Bonn": "landing",
    "One-page website for my bakery": "landing",
    "A pub quiz about history": "quiz",
    "Analytics dashboard for my website": "dashboard",
    "A kanban board with columns (Idea, Draft, Printed)": "board",
    "A log of my runs with route, minutes and a dashboard": "",
    "A list of quizzes with a title and a date": "",
    "Books with a title, website and rating": "",
    "A message board where everyone can write": "",
    "A reading list: title, author, rating and a done flag, a form to add one and a statistics page": "",
    "todo list": "",
    "A page": "",
}
DECLINED = {
    "Tic-tac-toe for two people": "games but a quiz",
    "A tip calculator": "calculators",
    "Webseite für meinen Malerbetrieb mit Kontakt und Impressum": "English",
    "Ein Haushaltsbuch: Einnahmen und Ausgaben mit Betrag und Datum, bitte für meine Familie": "English",
    "landing page for an app that reminds people to drink water, called Sip": "of websites it knows",
    "an online shop with a cart": "shops with a checkout",
}
MAX_QUESTION = 500  # of the platform's tool
NONSENSE = ("page for a bakery called", "Warm colours", "Drop of cards")


@pytest.mark.parametrize("prompt", CHOSEN)
def test_the_words_choose_the_kind(prompt: str) -> None:
    sketch = sketch_of(prompt)
    assert (sketch.kind if sketch else "") == CHOSEN[prompt]
    assert sketch or refusal(prompt) is None


def ask_for_a_template(prompt: str, *offered: str) -> str:
    """What the simulator answers to a platform that has these templates, the first for all else."""
    words = choice_request(prompt, dict.fromkeys(offered, "For wishes."), offered[0])
    messages = [{"role": "user", "content": words}]
    body = {"system": CHOICE_PROMPT}
    asked = Prompt(body, "model", messages, [], "", max_tokens=100, has_tools=False, stream=True)
    [block] = Responder().turn(asked).blocks
    assert isinstance(block, Text)
    return block.text


def test_the_template_is_one_that_the_rules_can_build_on() -> None:
    bakery = SAMPLES["landing"].prompt
    assert choice_in(ask_for_a_template(bakery, "vite-react", "app", "site"), {"site"}) == "site"
    assert choice_in(ask_for_a_template(bakery, "vite-react", "app"), {"vite-react"}) == "vite-react"
    shop = "A web shop for handmade candles"
    assert choice_in(ask_for_a_template(shop, "vite-react", "store"), {"store"}) == "store"
    board = SAMPLES["board"].prompt
    assert choice_in(ask_for_a_template(board, "vite-react", "app", "board"), {"board"}) == "board"
    for prompt in (SAMPLES["crm"].prompt, SAMPLES["dashboard"].prompt):
        assert choice_in(ask_for_a_template(prompt, "vite-react", "app", "site"), {"app"}) == "app"
    for prompt in ("A todo list", "A tip calculator", SAMPLES["quiz"].prompt):
        assert choice_in(ask_for_a_template(prompt, "other", "site", "app"), {"other"}) == "other"


def test_a_page_of_a_site_tells_search_engines_of_the_place() -> None:
    site = sketch_of(SAMPLES["landing"].prompt)
    assert site is not None
    plain, made = site.files(), site.files("site")
    assert made.keys() - plain.keys() == {
        "src/content/place.ts",
        "src/content/site.ts",
        "src/pages/NotFound.tsx",
    }
    assert 'title: "Morgenrot · bakery in Leeds"' in made["src/content/site.ts"]
    assert "<JsonLd data={place} />" in made["src/App.tsx"]
    assert creation(SAMPLES["landing"].prompt, "site").replaces
    assert not creation(SAMPLES["landing"].prompt, "vite-react").replaces


@pytest.mark.parametrize("prompt", DECLINED)
def test_what_no_kind_serves_gets_a_sentence_and_a_question(prompt: str) -> None:
    plan = creation(prompt)
    assert plan.files({}) == {}
    assert not plan.theme
    assert len(plan.summary) <= MAX_QUESTION
    assert all(refusal(choice) is None for choice in plan.choices)
    assert DECLINED[prompt] in plan.summary
    assert "Nothing was built" in plan.summary


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_app_takes_words_about_it_for_its_fields(kind: str) -> None:
    plan = creation(SAMPLES[kind].prompt)
    text = "\n".join("\n".join(lines) for lines in plan.files({}).values())
    for words in (*NONSENSE, *(word.lower() for word in NONSENSE)):
        assert words not in text
        assert words not in plan.summary


def test_a_place_is_taken_from_the_words() -> None:
    site = sketch_of(
        'A website for the barber "Kamm & Co" in Bad Homburg, services (fade, beard), Mon-Fri 9am-6:30pm, '
        "Sat 10-14, phone 06172 123456, with testimonials and online booking"
    )
    assert site is not None
    assert site.title == "Kamm & Co"
    text = "\n".join(site.files().values())
    for word in (
        '{"Kamm & Co"}',
        '"Bad Homburg"',
        '"06172 123456"',
        '"Fade"',
        '"Beard"',
        '"to": 1110',
        "<Quotes />",
    ):
        assert word in text
    plan = creation("A website for my barber shop with testimonials and online booking")
    for missing in ("opening hours", "what customers say", "bookings and orders"):
        assert missing in plan.summary


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Tue-Sat 7-14", dict.fromkeys(range(1, 6), (420, 840))),
        ("Monday to Friday 8:30am - 6pm", dict.fromkeys(range(5), (510, 1080))),
        ("Sat 10:00 to 12:30", {5: (600, 750)}),
        ("Fri-Mon 12am-12pm", {4: (0, 720), 5: (0, 720), 6: (0, 720), 0: (0, 720)}),
        ("open 24/7", {}),
        ("Mon 18-9", {}),
    ],
)
def test_hours_are_read_as_people_write_them(words: str, found: dict[int, tuple[int, int]]) -> None:
    assert hours_in(words) == found


def test_a_quiz_asks_the_prompts_own_questions() -> None:
    quiz = sketch_of(
        "A quiz with three questions: What is the capital of France? (Lyon, Paris, Rome) - How many legs "
        "has a spider? (Six, Eight, Ten) - Which planet is red? (Venus, Mars, Jupiter). And a score."
    )
    assert quiz is not None
    questions = quiz.holes["questions_js"]
    assert questions.count('"right"') == 3
    for right in ('"right": "Paris"', '"right": "Eight"', '"right": "Mars"'):
        assert right in questions


def test_hostile_names_stay_words() -> None:
    name = "A{1}</h1> `${x}` <b>"
    site = sketch_of(f"A CRM called “{name}”")
    assert site is not None
    assert title_of(f"A CRM called “{name}”") == site.title
    files = site.files()
    assert "@@" not in "\n".join(files.values())
    assert 'const APP_NAME = "A{1}</h1> `${x}` <b>";' in files["src/App.tsx"]


def test_the_table_of_messages_passes_the_platforms_review() -> None:
    site = sketch_of(SAMPLES["landing"].prompt)
    assert site is not None
    tables = {path: text for path, text in site.files().items() if path.startswith("supabase/")}
    assert len(tables) == 1
    assert review(load(tables)) == []


def test_a_list_is_honest_about_what_it_leaves_out() -> None:
    plan = creation(
        "A list of invoices: number, amount, due date, PDF export and e-mail reminders. Warm colours."
    )
    assert "Left out: mails and notifications; export." in plan.summary
    assert "Warm colours" not in "\n".join("\n".join(lines) for lines in plan.files({}).values())
