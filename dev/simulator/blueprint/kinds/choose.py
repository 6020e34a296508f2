"""Which kind of app a prompt asks for, and what is said to one that no kind serves."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.board import kind as board
from dev.simulator.blueprint.kinds.crm import kind as crm
from dev.simulator.blueprint.kinds.dashboard import kind as dashboard
from dev.simulator.blueprint.kinds.habits import kind as habits
from dev.simulator.blueprint.kinds.landing import kind as landing
from dev.simulator.blueprint.kinds.quiz import kind as quiz
from dev.simulator.blueprint.kinds.sketch import Sketch

CAN_BUILD = (
    "I can build a list of things with their fields (with sign-in, too), a CRM with a pipeline, a board with "
    "columns, a habit tracker, the website of a place, a quiz, and a dashboard on sample data"
)
TEMPLATES: Mapping[str, str] = {"landing": "site", "board": "board", "crm": "app", "dashboard": "app"}
"""What a kind's app is best made of, where that is not the template for all else."""
CHOICES = ("A quiz", "A habit tracker", "A kanban board", "A todo list")
_SITE = r"landing ?page|web ?site|home ?page|web ?page|one-?pager?\b"
_SHOP = r"online (?:shop|store)|web ?shop|e-?commerce|(?:shop|store) (?:for|that sells|selling)"
_LISTS = (
    r"list|tracker|track|collection|log|inventory|catalogu?e|library|register|database|diary|journal|record|manag\w+"
    r"|organi[sz]\w+|overview of|keep"
)


@dataclass(frozen=True)
class _Rule:
    """`head`: words that name the kind where the prompt says what it wants; `anywhere`: in all of it."""

    head: str
    sketch: Callable[[str], Sketch]
    anywhere: str = r"(?!)"
    unless: str = r"(?!)"


_RULES = (
    _Rule(r"quiz\w*|trivia", quiz.sketch, unless=_LISTS),
    _Rule(
        r"crm|sales pipeline|deal pipeline|customer relationship\w*|pipeline",
        crm.sketch,
        anywhere=r"sales pipeline|pipeline board",
    ),
    _Rule(r"kanban|trello", board.sketch, anywhere=r"kanban|drag(?:ging)?(?:[ -]and[ -]drop)?"),
    _Rule(r"habits?", habits.sketch),
    _Rule(r"dashboard|kpis?", dashboard.sketch, unless=r"(?:list|log|tracker|diary|journal) of"),
)
_BEYOND: Mapping[str, str] = {
    r"games?|tic-?tac-?toe|memory|snake|tetris|chess|sudoku|puzzle|hangman|2048|pong": "games but a quiz",
    r"calculators?|converters?|generators?|timers?|stopwatch|countdown": "calculators, timers, generators",
    r"paint\w*|drawing|whiteboard|editor": "editors and drawing tools",
    r"online (?:shop|store)|web ?shop|e-?commerce|marketplace|checkout": "shops with a checkout",
    r"chat|chatbot|messenger|social network|forum": "chats and social networks",
    r"month(?:ly)? calendar|calendar where|booking (?:system|platform)": "calendars",
}
_FEATURES: Mapping[str, str] = {
    r"notif\w+|reminders?|newsletters?|send (?:an |e-?)?mails?": "mails and notifications",
    r"payments?|paypal|stripe|checkout": "payments",
    r"upload\w*|attachments?": "uploads",
    r"export\w*|csv|excel|pdf": "export",
    r"\bai\b|chat ?bot|gpt": "artificial intelligence",
    r"google|outlook|slack|whatsapp|instagram|integrat\w+": "connections to other services",
    r"multi-?player|real-?time": "live updates between people",
    r"translat\w+|multi-?lingual|several languages": "other languages",
}
_FEATURES_OF_KINDS: Mapping[str, str] = {
    r"sign(?:ing)?[ -]?(?:in|up)|log ?in|logins?|user accounts?|authenticat\w+": "signing in",
    r"maps?": "maps",
    r"time limit|timer|countdown|seconds": "a time limit",
    r"photos?|photographs?": "photographs (I only draw)",
    r"bookings?|reservations?|book a table|order online|online orders?": "bookings and orders",
}
_GERMAN = (
    r"\b(?:und|für|mit|eine[nr]?|ich|bitte|mein\w*|unser\w*|soll|wird|nicht|oder|der|dem|den|das|ein|zum)\b"
)
_FRENCH = r"\b(?:une?|avec|pour|des|les|mon|mes|je|et|veux|liste|dans)\b"
_SPANISH = r"\b(?:una?|con|para|los|las|quiero|mis?|por|una|lista|del)\b"
_FOREIGN_WORDS = 2


def sketch_of(request: str) -> Sketch | None:
    """The app of the kind that the words name; None: they name a list, or nothing that can be built."""
    words, head = reading.plain(request), reading.head(request)
    if _foreign(words):
        return None
    for rule in _RULES:
        named = _says(rule.head, head) or _says(rule.anywhere, words)
        if named and not _says(rule.unless, head):
            return rule.sketch(request)
    if _says(_SITE, head) and landing.trade_of(request) is not None:
        return landing.sketch(request)
    return None


def template_for(request: str) -> str | None:
    """What the app that the words name is best made of; None: the template for all else."""
    sketch = sketch_of(request)
    if sketch is None and not _foreign(reading.plain(request)) and _says(_SHOP, reading.head(request)):
        return "store"
    return TEMPLATES.get(sketch.kind) if sketch else None


def refusal(request: str) -> str | None:
    """Why nothing is built for a prompt that `sketch_of` has no app for; None: a list serves it."""
    words, head = reading.plain(request), reading.head(request)
    if _foreign(words):
        return _sorry("it understands English alone")
    if _says(_LISTS, head):
        return None
    if _says(_SITE, head):
        return _sorry(
            "of websites it knows those of places with offers and opening hours, such as a bakery or a salon"
        )
    found = next((what for signs, what in _BEYOND.items() if _says(signs, head)), None)
    return _sorry(f"it has no rules for {found}") if found else None


def left_out(request: str, sketch: Sketch | None = None) -> str:
    """A sentence about what was asked for and is not there; empty when nothing is known to be missing.

    Without a sketch it is of a list, where a word such as "bookings" may be what the list is of.
    """
    features = {**_FEATURES, **_FEATURES_OF_KINDS} if sketch else _FEATURES
    wishes = [what for signs, what in features.items() if _says(signs, reading.plain(request))]
    missing = [*(sketch.left_out if sketch else ()), *wishes]
    return f" Left out: {'; '.join(missing)}." if missing else ""


def _sorry(why: str) -> str:
    return (
        f"I am the local model simulator, not a language model, and this wish is beyond my rules: {why}. "
        f"Nothing was built. {CAN_BUILD}. What shall it be?"
    )


def _says(signs: str, text: str) -> bool:
    return re.search(rf"\b(?:{signs})\b", text, re.IGNORECASE) is not None


def _foreign(text: str) -> bool:
    return any(
        len(re.findall(signs, text, re.IGNORECASE)) > _FOREIGN_WORDS for signs in (_GERMAN, _FRENCH, _SPANISH)
    )
