"""Made-up figures for a dashboard: the same ones every time, with seasons, growth and a little noise."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from math import pi, sin
from typing import Any

_MONTHS = 12
_RECORDS = 36
_FIRST_DAY = date(2030, 12, 19)


@dataclass(frozen=True)
class Metric:
    """`growth`: from one year to the next; `season`: how far the best month lies above the mean; shares."""

    label: str
    unit: str
    total: str
    base: float
    growth: float = 0.0
    season: float = 0.0
    low_is_good: bool = False


@dataclass(frozen=True)
class Domain:
    words: str
    title: str
    intro: str
    metrics: tuple[Metric, ...]
    groups_title: str
    groups: tuple[str, ...]
    top_title: str
    top_column: str
    top: tuple[str, ...]
    records_title: str
    who: str
    what: str
    amount: str
    amount_unit: str
    states: tuple[str, ...]
    largest: int


_PEOPLE = (
    "Ada Brandt",
    "Noor Haddad",
    "Luis Moreno",
    "Mei Tanaka",
    "Tom Eriksen",
    "Zoe Papas",
    "Ivan Petrov",
    "Amara Diallo",
    "Nina Keller",
    "Owen Clarke",
    "Sara Lind",
    "Raj Mehta",
)

DOMAINS = (
    Domain(
        words=r"\bsales|\brevenue|\borders?\b|\bshop|\bstore|\bproducts?\b|\bturnover|\be-?commerce",
        title="Sales",
        intro="What was sold, where, and how that compares with the year before.",
        metrics=(
            Metric("Revenue", "money", "sum", 48_000, 0.14, 0.22),
            Metric("Orders", "number", "sum", 640, 0.09, 0.2),
            Metric("Average order value", "money", "ratio", 75),
            Metric("Returning customers", "percent", "mean", 34, 0.06, 0.05),
        ),
        groups_title="Revenue by channel",
        groups=("Online shop", "Retail", "Wholesale", "Marketplace"),
        top_title="Top five products",
        top_column="Product",
        top=("Field jacket", "Canvas bag", "Wool blanket", "Trail shoes", "Enamel mug"),
        records_title="Orders",
        who="Customer",
        what="Product",
        amount="Total",
        amount_unit="money",
        states=("Paid", "Sent", "Delivered", "Returned"),
        largest=260,
    ),
    Domain(
        words=r"\bsupport|\btickets?\b|\bhelp ?desk|\bservice desk|\bissues?\b|\bincidents?\b",
        title="Support",
        intro="How many people asked for help, and how soon they got it.",
        metrics=(
            Metric("Tickets", "number", "sum", 410, 0.08, 0.18),
            Metric("First answer after", "hours", "mean", 4.2, -0.18, 0.1, low_is_good=True),
            Metric("Solved at once", "percent", "mean", 61, 0.07, 0.04),
            Metric("Satisfied", "percent", "mean", 91, 0.02, 0.02),
        ),
        groups_title="Tickets by channel",
        groups=("E-mail", "Chat", "Phone", "Forum"),
        top_title="Top five topics",
        top_column="Topic",
        top=("Signing in", "Invoices", "Delivery", "Returns", "Settings"),
        records_title="Tickets",
        who="From",
        what="Topic",
        amount="Answered after",
        amount_unit="hours",
        states=("Open", "Waiting", "Solved"),
        largest=12,
    ),
    Domain(
        words=r"\bweb ?sites?|\btraffic|\bvisit\w*|\bpage ?views|\banalytics|\bmarketing|\bcampaigns?",
        title="Website",
        intro="Who came, from where, and what they did.",
        metrics=(
            Metric("Visits", "number", "sum", 18_400, 0.21, 0.15),
            Metric("Sign-ups", "number", "sum", 520, 0.26, 0.16),
            Metric("Pages per visit", "number", "mean", 4, 0.04, 0.05),
            Metric("Left at once", "percent", "mean", 38, -0.09, 0.04, low_is_good=True),
        ),
        groups_title="Visits by source",
        groups=("Search", "Direct", "Newsletter", "Links"),
        top_title="Top five pages",
        top_column="Page",
        top=("Home", "Prices", "Guide", "Blog", "About us"),
        records_title="Sign-ups",
        who="Person",
        what="Page",
        amount="Pages seen",
        amount_unit="number",
        states=("New", "Confirmed", "Active"),
        largest=30,
    ),
)


def metrics(domain: Domain) -> list[dict[str, Any]]:
    """As src/data/sample.ts has them; a ratio follows from the first two."""
    made: list[dict[str, Any]] = []
    for metric in domain.metrics:
        if metric.total == "ratio":
            first, second = made[0]["months"], made[1]["months"]
            months = {
                year: [round(a / b) for a, b in zip(first[year], second[year], strict=True)] for year in first
            }
        else:
            months = {"last": _series(metric, 1.0), "this": _series(metric, 1 + metric.growth)}
        low = {"lowIsGood": True} if metric.low_is_good else {}
        made.append(
            {"label": metric.label, "unit": metric.unit, "total": metric.total, **low, "months": months}
        )
    return made


def _series(metric: Metric, factor: float) -> list[float]:
    digits = None if metric.base >= 100 else 1
    return [round(metric.base * factor * _weather(metric, month, factor), digits) for month in range(_MONTHS)]


def _weather(metric: Metric, month: int, factor: float) -> float:
    """Season and noise of a month, about 1."""
    season = 1 + metric.season * sin((month - 7) / _MONTHS * 2 * pi)
    noise = _number(f"{metric.label} {month} {factor}") - 0.5
    return season * (1 + noise * 0.12)


def shares(names: tuple[str, ...], main: Metric) -> list[dict[str, Any]]:
    """Parts of the main metric, falling from one to the next."""
    weights = [1 / (rank + 1.6) for rank in range(len(names))]
    made: list[dict[str, Any]] = []
    for name, weight in zip(names, weights, strict=True):
        share = weight / sum(weights) * (0.9 + 0.2 * _number(name))
        year = main.base * _MONTHS * share
        growth = 1 + main.growth + (_number(f"{name} growth") - 0.5) * 0.3
        made.append({"name": name, "values": {"this": round(year * growth), "last": round(year)}})
    return made


def records(domain: Domain) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for index in range(_RECORDS):
        key = f"{domain.title} {index}"
        day = _FIRST_DAY - timedelta(days=int(index * 1.3))
        made.append(
            {
                "id": f"{domain.title[0]}-{1_480 - index}",
                "who": _one(_PEOPLE, f"{key} who"),
                "what": _one(domain.top, f"{key} what"),
                "state": _one(domain.states, f"{key} state"),
                "day": day.isoformat(),
                "amount": round(1 + _number(f"{key} amount") * domain.largest),
            }
        )
    return made


def _one(choices: tuple[str, ...], key: str) -> str:
    return choices[int(_number(key) * len(choices))]


def _number(key: str) -> float:
    """From 0 up to 1, the same for the same words."""
    return int.from_bytes(sha256(key.encode()).digest()[:4]) / 2**32
