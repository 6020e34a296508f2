"""Which look an app gets by the words of its prompt, and what a wish about the look asks of `set_theme`."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

COLOURS: Mapping[str, str] = {
    "green": "#15803d", "red": "#c81e1e", "blue": "#1d4ed8", "purple": "#7e22ce", "violet": "#6d28d9",
    "teal": "#0f766e", "turquoise": "#0e7490", "orange": "#c2410c", "pink": "#be185d", "yellow": "#eab308",
    "brown": "#78350f", "grey": "#4b5563", "gray": "#4b5563", "black": "#18181b",
}  # fmt: skip
_NAMED = "|".join(COLOURS)

_SUITS: Mapping[str, str] = {
    "bakery": r"baker\w*|caf[eé]s?|coffee|restaurants?|menus?|pastr\w+|cakes?|bistro|crafts?|pizza\w*",
    "candy": r"kids?|child\w*|birthdays?|part(?:y|ies)|chores?|pets?|toys?|habits?|family",
    "arcade": r"quiz\w*|games?|scores?|leaderboards?|trivia|arcade|hackathons?|developers?|code",
    "ledger": r"crm|invoices?|expenses?|budgets?|accounts?|finance\w*|sales|deals?|inventory|stock|clients?"
    r"|contacts?|compan(?:y|ies)|leads?|payments?",
    "midnight": r"music|songs?|albums?|films?|movies?|concerts?|playlists?|monitoring|servers?|incidents?",
    "meadow": r"gardens?|plants?|recipes?|health|meals?|nutrition|farms?|grocer\w+|trees?|workouts?|fitness",
    "ocean": r"travel|trips?|bookings?|hotels?|surf\w*|sail\w*|swim\w*|yoga|wellness|hikes?|appointments?",
    "gallery": r"portfolio|photo\w*|architect\w*|fashion|exhibitions?|galler(?:y|ies)|artworks?|designers?",
    "paper": r"books?|reading|library|librar\w+|notes?|journal\w*|diar(?:y|ies)|poems?|letters?|guestbook",
    "poster": r"events?|festivals?|campaigns?|polls?|votes?|voting|clubs?|meetups?|tournaments?",
    "blossom": r"weddings?|salon|beauty|hair|flowers?|florist|babys?|baby|nails?|spa|guests?",
    "daylight": r"tasks?|todos?|to-dos?|projects?|tickets?|support|status|issues?|staff|teams?|dashboards?",
}
_TITLES = 2
"""How much more a word counts that stands where a prompt names what it wants."""
_PRIMARIES: Mapping[str, Sequence[str]] = {
    "bakery": ("#ad5416", "#8c2f45", "#7c5a1e"), "candy": ("#d41f78", "#7445f0", "#e0480f"),
    "arcade": ("#b4f03c", "#34e0d0", "#ff5fae"), "ledger": ("#1f4f80", "#0f5d57", "#4a3f8f"),
    "midnight": ("#8b7bff", "#3fb6ff", "#f472b6"), "meadow": ("#2c7a4b", "#5b7a12", "#14746f"),
    "ocean": ("#0b7285", "#1864ab", "#0b7a5b"), "gallery": ("#161616", "#1f2a44", "#3b2a20"),
    "paper": ("#9f3a26", "#1f4b5f", "#5a4a8a"), "poster": ("#d3271b", "#2447d8", "#0b7a3e"),
    "blossom": ("#944869", "#6b5aa6", "#8a5a44"), "daylight": ("#2f5bea", "#6d3be0", "#0d7d74"),
}  # fmt: skip

_WANTED_COLOUR = re.compile(
    rf"\b(?:in|colou?rs?|theme|accent)\s*:?\s+(?P<named>{_NAMED})\b"
    rf"|\b(?P<before>{_NAMED})\s+(?:colou?rs?|theme|accent|tones?|buttons?|look)\b",
    re.IGNORECASE,
)
_WISHES: Sequence[tuple[str, Mapping[str, str]]] = (
    (
        r"always dark|\bdark (?:theme|look|design|background|mode|colou?rs)|darker|\bdark$",
        {"appearance": "dark"},
    ),
    (
        r"always light|\blight (?:theme|look|design|background|mode|colou?rs)|lighter|brighter",
        {"appearance": "light"},
    ),
    (r"\bround(?:er|ed)?\b", {"radius": "round"}),
    (r"\b(?:square|sharp|sharper|angular)\b", {"radius": "none"}),
    (r"\b(?:compact|denser|dense)\b", {"density": "compact"}),
    (r"\b(?:spacious|airy|airier|more space|roomier)\b", {"density": "spacious"}),
    (r"\bwarm(?:er)?\b", {"neutral": "warm"}),
    (r"\b(?:cool|cooler)\b", {"neutral": "cool"}),
    (r"\b(?:playful|fun|friendly|cheerful)\b", {"mood": "playful"}),
    (r"\b(?:elegant|classy|noble)\b", {"mood": "elegant"}),
    (r"\b(?:serious|professional|sober)\b", {"mood": "serious"}),
    (r"\b(?:calm|calmer|quiet|quieter)\b", {"mood": "calm"}),
    (r"\b(?:bold|bolder|loud|louder)\b", {"mood": "bold"}),
    (r"\b(?:technical|nerdy|geeky)\b", {"mood": "technical"}),
    (r"\bserifs?\b", {"fonts": "fraunces"}),
    (r"\b(?:monospaced?|typewriter)\b", {"fonts": "jetbrains-mono"}),
)
_ABOUT_THE_LOOK = re.compile(
    r"\b(?:colou?rs?|theme|accent|primary|brand|buttons?|look|style|design|corners?|fonts?|background"
    r"|mode|make (?:it|everything|the (?:app|whole thing)))\b",
    re.IGNORECASE,
)
_PRESET = re.compile(rf"\b(?P<preset>{'|'.join(_SUITS)})\s+(?:theme|look|style)\b", re.IGNORECASE)


def theme_for(request: str) -> dict[str, str]:
    """The arguments of `set_theme` for a new app: its own look, and the same one for the same words."""
    preset = _preset_for(request)
    number = sha256(" ".join(request.lower().split()).encode()).digest()[0]
    choices = _PRIMARIES[preset]
    theme = {"preset": preset, "primary": choices[number % len(choices)]}
    colour = _WANTED_COLOUR.search(request)
    if colour:
        theme["primary"] = COLOURS[(colour["named"] or colour["before"]).lower()]
    wished = _wished(request)
    return theme | {
        name: value for name, value in wished.items() if name in {"neutral", "mood", "appearance"}
    }


def theme_wish(request: str) -> dict[str, str]:
    """What a message asks to be changed of the look; empty when it is about something else."""
    if not _ABOUT_THE_LOOK.search(request):
        return {}
    wished = _wished(request)
    colour = re.search(rf"\b({_NAMED})\b", request, re.IGNORECASE)
    if colour:
        wished["primary"] = COLOURS[colour[1].lower()]
    preset = _PRESET.search(request)
    return {"preset": preset["preset"].lower(), **wished} if preset else wished


def described(theme: Mapping[str, str]) -> str:
    """The arguments in words."""
    return ", ".join(f"{name} {value}" for name, value in theme.items())


def _wished(request: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for words, change in _WISHES:
        if re.search(words, request, re.IGNORECASE):
            found |= change
    return found


def _preset_for(request: str) -> str:
    """The preset that most words speak for; those of the first clause, which names the app, count more."""
    head = re.split(r"[:.,;\n]", request, maxsplit=1)[0]
    votes = {
        preset: len(re.findall(rf"\b(?:{words})\b", request, re.IGNORECASE))
        + _TITLES * len(re.findall(rf"\b(?:{words})\b", head, re.IGNORECASE))
        for preset, words in _SUITS.items()
    }
    best = max(votes, key=lambda preset: votes[preset])
    if votes[best]:
        return best
    plain = ("daylight", "meadow", "ocean", "paper", "blossom", "candy")
    return plain[sha256(request.lower().encode()).digest()[1] % len(plain)]
