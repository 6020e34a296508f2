"""The simulator's kinds of app: a prompt for each, what people entered, and the app as it is served."""

import json
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from anthropic import AsyncAnthropic
from playwright.async_api import BrowserContext

from tests.simulator.harness import Session, Workshop, template_files

Rows = Mapping[str, list[dict[str, Any]]]
TYPES = "src/lib/database.types.ts"


@dataclass(frozen=True)
class Sample:
    """`pages`: the addresses to look at; `rows`: the entries of its collections; `types`: of its tables.

    `template`: what it is made from.
    """

    prompt: str
    pages: tuple[str, ...]
    rows: Rows = field(default_factory=dict)
    types: str | None = None
    template: str = "vite-react"


def _rows(name: str, *values: dict[str, Any]) -> list[dict[str, Any]]:
    made = "2030-01-01T10:00:00.000Z"
    return [{"id": f"{name}-{number}", "createdAt": made, **value} for number, value in enumerate(values)]


def _crm() -> Rows:
    companies = ("Sonnenhof", "Bergblick Hotels", "Café Lindner", "Atelier Moreau", "Nordlicht Energie")
    cities = ("Kassel", "Innsbruck", "Wien", "Lyon", "Kiel")
    people = ("Ada Brandt", "Luis Moreno", "Mei Tanaka", "Tom Eriksen", "Zoe Papas")
    roles = ("Owner", "Marketing", "Manager", "Buyer", "Director")
    deals = (
        ("New website", 12_000, "Lead", 0),
        ("Menu and signs", 3_400, "Lead", 2),
        ("Brand refresh", 18_500, "Offer", 1),
        ("Exhibition stand", 9_200, "Negotiation", 3),
        ("Annual report", 7_600, "Offer", 4),
        ("Photo shoot", 2_800, "Won", 1),
        ("Packaging", 5_400, "Lost", 2),
    )
    return {
        "companies": _rows(
            "company",
            *(
                {"name": name, "city": city, "website": "https://example.com", "notes": ""}
                for name, city in zip(companies, cities, strict=True)
            ),
        ),
        "contacts": _rows(
            "contact",
            *(
                {
                    "name": name,
                    "role": role,
                    "email": f"{name.split()[0].lower()}@example.com",
                    "phone": f"+49 555 010{number}",
                    "companyId": f"company-{number}",
                }
                for number, (name, role) in enumerate(zip(people, roles, strict=True))
            ),
        ),
        "deals": _rows(
            "deal",
            *(
                {"title": title, "value": value, "stage": stage, "companyId": f"company-{company}"}
                for title, value, stage, company in deals
            ),
        ),
    }


def _habits() -> Rows:
    names = {
        "Read ten pages": (7, 0.9),
        "Morning run": (4, 0.6),
        "No sugar": (7, 0.7),
        "Call a friend": (2, 0.35),
    }
    dice, today = random.Random(4), datetime.now(UTC).date()
    ticks = [
        {"habitId": f"habit-{number}", "day": str(today - timedelta(days=back))}
        for number, (_, often) in enumerate(names.values())
        for back in range(30)
        if dice.random() < often
    ]
    habits = [{"name": name, "perWeek": wanted} for name, (wanted, _) in names.items()]
    return {"habits": _rows("habit", *habits), "ticks": _rows("tick", *ticks)}


def _scores() -> Rows:
    best = {"Ada": 9, "Tom": 8, "Mei": 8, "Luis": 6}
    return {
        "scores": _rows("score", *({"player": name, "points": got, "of": 10} for name, got in best.items()))
    }


_MESSAGES = """\
type Message = { name: string; email: string; message: string };
type Nothing = { [_ in never]: never };
export type Database = {
  public: {
    Tables: { messages: { Row: Message; Insert: Message; Update: Partial<Message>; Relationships: [] } };
    Views: Nothing;
    Functions: Nothing;
    Enums: Nothing;
    CompositeTypes: Nothing;
  };
};
export const tables = ["messages"] as const;
"""

SAMPLES = {
    "tasks": Sample(
        "A todo app with sign-up and sign-in, everyone sees only their own: title, due date, priority, done",
        ("/sign-in", "/sign-up"),
    ),
    "crm": Sample(
        "A CRM for our design studio called Northlight: companies, contacts and deals, with a pipeline board "
        "by stage (Lead, Offer, Negotiation, Won, Lost). Values in euros.",
        ("/", "/companies", "/companies/company-1", "/contacts"),
        _crm(),
        template="app",
    ),
    "habits": Sample(
        "A habit tracker with charts: I tick my habits (read ten pages, morning run, no sugar, call a "
        "friend) each day and see my streaks",
        ("/", "/charts"),
        _habits(),
    ),
    "landing": Sample(
        "A landing page for a bakery called Morgenrot in Leeds: what we bake, opening hours (Tue-Sat 7-14), "
        "a gallery and a contact form. Warm colours.",
        ("/",),
        types=_MESSAGES,
        template="site",
    ),
    "quiz": Sample("A quiz game about capitals with a high score", ("/", "/scores"), _scores()),
    "dashboard": Sample(
        "A sales dashboard with made-up sample data: revenue, orders and average order value, a chart by "
        "month and the top five products",
        ("/", "/orders", "/data"),
        template="app",
    ),
    "board": Sample("A kanban board for my team with drag and drop of cards", ("/",), template="board"),
}


async def built(kind: str, client: AsyncAnthropic, workshop: Workshop) -> Path:
    """The folder of the app as the simulator wrote it, built."""
    sample = SAMPLES[kind]
    files = template_files(sample.template)
    session = await Session(client, files, sample.prompt, template=sample.template).run()
    assert session.errors == []
    files = session.files if sample.types is None else {**session.files, TYPES: sample.types}
    assert await workshop.check(files) == ""
    return workshop.folder / "dist"


class _App(SimpleHTTPRequestHandler):
    """Every address without an ending is the app itself."""

    def send_head(self) -> Any:
        if "." not in self.path.partition("?")[0].rpartition("/")[2]:
            self.path = "/index.html"
        return super().send_head()

    def log_message(self, *_args: object) -> None:
        """Nobody reads which files a page asks for."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_App, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def fill(context: BrowserContext, rows: Rows) -> None:
    """Puts the entries into the browser before its first page."""
    kept = {f"dev:{name}": json.dumps(entries) for name, entries in rows.items()}
    keep = "localStorage.getItem(name) ?? localStorage.setItem(name, text)"
    await context.add_init_script(f"for (const [name, text] of Object.entries({json.dumps(kept)})) {keep};")
