"""Reads a prompt with plain rules: the thing, the entity, its fields, the extra pages."""

import re
from dataclasses import dataclass, field

from dev.simulator.blueprint import words
from dev.simulator.blueprint.fields import parse_field
from dev.simulator.blueprint.spec import AppSpec, Field, Kept

MAX_FIELDS = 12
_MARKER = re.compile(r"\[\[[^\]]*\]\]")
_LEAD = re.compile(
    r"^(?:(?:please|hi|hello|hey|can you|could you|would you|i(?:'d|\u2019d| would) like(?: to "
    r"have)?|i want|i need|we need|"
    r"we want|let's|let us|build|create|make|design|develop|generate|write|give|set up|me|us|to|a|"
    r"an|the|simple|public|shared|"
    r"small|little|basic|new|nice|beautiful|modern|personal|my|our|single|page)\b[ ,:!]*)+",
    re.IGNORECASE,
)
_SUBJECT_END = re.compile(
    r"[:(.;,\n]|\s(?:with|having|where|including|which|containing|showing)\b|\sthat (?:has|have|"
    r"stores|holds)\b|"
    r"\s(?:and|so) (?:i|show|let|include)\b|\s(?:fields?|columns?)\b",
    re.IGNORECASE,
)
_APP = re.compile(
    r"^(?:(?:web)?\s?(?:app|application|site|website|tool|page|program|system)\s+)(?:for|to|that|which|where)?\s*"
    r"(?:lets me|lets us|allows me to|helps me|i can|we can|to)?\s*",
    re.IGNORECASE,
)
_TRACKING = re.compile(
    r"^(?:keep(?:ing)? track of|track(?:ing|s)?|manag(?:e|es|ing)|organi[sz](?:e|es|ing)|collect(?:s|ing)?|"
    r"log(?:s|ging)?|record(?:s|ing)?|stor(?:e|es|ing)|catalogu?(?:e|es|ing)|list(?:s|ing)?(?= my))\s+(.+)$",
    re.IGNORECASE,
)
_OF = re.compile(
    r"^(?:inventory|list|collection|log|catalogu?e?|library|directory|record|register|database|overview|tracker|diary)"
    r" (?:of|for) (.+)$",
    re.IGNORECASE,
)
_CONTAINER = re.compile(
    r"^(.+?)[ -](?:trackers?|list|manager|log|collection|library|catalogu?e?|diary|journal|planner|"
    r"organi[sz]er|box|"
    r"board|inventory|app|application|database|register|directory|book|shelf|archive|calendar)$",
    re.IGNORECASE,
)
_FOR_WHOM = re.compile(r"\bfor (?:my|our|the|all) (.+)$", re.IGNORECASE)
_ENTITIES = {
    r"reading|book|bookshelf": "book",
    r"to-?do|to do|task": "task",
    r"shopping|grocery|groceries|packing": "item",
    r"wish|wishlist": "wish",
    r"watch|watchlist|film": "movie",
    r"address|contact": "contact",
    r"play|playlist": "song",
    r"bucket": "goal",
    r"guestbook": "message",
    r"diary|journal": "entry",
    r"budget|spending": "expense",
}
_DEFAULTS = {
    "book": "title, author, rating, done",
    "task": "title, due date, priority, done",
    "movie": "title, director, year, rating, seen",
    "recipe": "name, ingredients, instructions, servings",
    "contact": "name, email, phone, notes",
    "expense": "description, amount, date, category",
    "item": "name, quantity, bought",
    "song": "title, artist, rating",
    "message": "name, message",
    "plant": "name, species, last watered date, notes",
}
_PAGE = re.compile(
    r"^(?:(?:add|include|an?|the|one|also|extra|separate|another|new)\b\s*)*(.*?)\s*\b(?:page|screen|view|tab|section)$",
    re.IGNORECASE,
)
_NO_PAGES = frozenset(
    {"home", "main", "index", "start", "landing", "first", "not found", "404", "each", "this", "that"}
)
_STATISTICS = re.compile(
    r"^(?:some |a |the |with |show )*(?:statistics?|stats|dashboard|charts?|totals)$", re.IGNORECASE
)
_PEOPLE = re.compile(
    r"(?<!\bno )(?<!\bwithout )(?<!\bwithout a )\b(?:sign(?:ing)?[ -]?(?:up|in|on)|log(?:ging)?[ -]?in|"
    r"logins?|auth|authenticat\w+|user accounts?|multi-?user|users? (?:can |may )?register|"
    r"(?:only|just) (?:their|his|her|your|my) own)\b",
    re.IGNORECASE,
)
_EVERYBODY = re.compile(
    r"^\W*(?:(?:please|build|create|make|generate|write|me|us|a|an|the|simple|small)\s+)*(?:public|shared)\b|"
    r"\bguest ?book\b|\b(?:everyone|everybody|anyone|anybody|visitors) (?:can|may) "
    r"(?:add|write|post|leave|sign|read|see)\b",
    re.IGNORECASE,
)
_SEARCH = re.compile(r"\b(?:search|filter)", re.IGNORECASE)
_NO_FIELD = re.compile(
    r"^(?:an? |the |also |and |simple |i |you |we |it |users? |people )*(?:form|button|list|table|"
    r"search|filter|sort|add|"
    r"edit|delete|remove|show|see|display|let|allow|can|could|should|must|please|include|make|use|want|need|mark|"
    r"login|sign|save|store|persist|view|nice|clean|dark|responsive|looks?|be|that|so)\b",
    re.IGNORECASE,
)
_ABOUT_LOOKS = re.compile(
    r"^(?:(?:with |in )?(?:\w+ )?(?:warm|cool|bright|soft|bold|dark|light|pastel|calm) (?:colou?rs?|tones?)"
    r"|drag(?:ging)?\b.*|drop of .*|(?:dark|light) (?:mode|theme)|.*\b(?:theme|design|animations?))$",
    re.IGNORECASE,
)
_CLAUSE_LEAD = re.compile(
    r"^.*?\b(?:has|have|having|with|stores?|contains?|includes?|including|fields?|columns?|needs|"
    r"such as)\b[ :]*",
    re.IGNORECASE,
)


@dataclass
class Found:
    fields: list[Field] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    search: bool = False


def parse_prompt(text: str) -> AppSpec:
    """Always finds an app: what the words do not say comes from defaults."""
    text = re.sub(r"\n\s*[-*•]\s*", ", ", _MARKER.sub(" ", text).strip())
    kept: Kept = "own" if _PEOPLE.search(text) else "shared" if _EVERYBODY.search(text) else "browser"
    start = _LEAD.match(text)
    text = text[start.end() :] if start else text
    text = _APP.sub("", text, count=1)
    end = _SUBJECT_END.search(text)
    thing = (text[: end.start()] if end else text).strip(" ,.!?\"'“”")
    rest = text[end.start() :] if end else ""
    found = read_clauses(rest)
    title, entity = _subject(thing[:80])
    fields = _complete(found.fields, entity)
    return AppSpec(title, entity, fields, tuple(dict.fromkeys(found.pages)), found.search, kept)


def parse_page(text: str) -> str | None:
    """The title of a page the words ask for."""
    if _STATISTICS.match(text.strip()):
        return "Statistics"
    match = _PAGE.match(text.strip(" .!\"'“”"))
    if not match:
        return None
    name = " ".join(match.group(1).split()[-3:]).strip("\"'“”")
    if not words.pascal(name) or name.lower() in _NO_PAGES:
        return None
    return (
        "Statistics"
        if name.lower() in {"stats", "statistic", "statistics", "dashboard"}
        else words.capitalised(name)
    )


def _subject(thing: str) -> tuple[str, str]:
    tracked = _TRACKING.match(thing)
    if tracked:
        noun = _noun(tracked.group(1))
        return words.capitalised(words.plural(noun)), noun
    title = words.capitalised(" ".join(thing.split()[:6])) or "My items"
    of = _OF.match(thing)
    contained = _CONTAINER.match(thing)
    whose = _FOR_WHOM.search(thing)
    if whose and not of:
        return title, _noun(whose.group(1))
    inner = of.group(1) if of else contained.group(1) if contained else thing
    return title, _noun(inner)


def _noun(text: str) -> str:
    text = re.sub(r"^(?:(?:my|our|the|all|some|of|a|an)\s+)+", "", text.lower())
    text = re.split(r"\s(?:i|we|that|in|at|on|for|from|to|and|by)\b", text)[0]
    for pattern, entity in _ENTITIES.items():
        if re.fullmatch(pattern, words.singular(text)) or re.fullmatch(pattern, text):
            return entity
    parts = [part for part in words.ascii_words(text)[-2:] if part not in {"of", "for", "the", "my"}]
    return words.singular(" ".join(parts)) if parts else "item"


def read_clauses(rest: str, *, introduced: bool = True) -> Found:
    """`introduced`: words such as "with fields" may stand before a sentence's first field."""
    found = Found()
    for sentence in re.split(r"[.;\n!?](?:\s|$)", rest):
        body = sentence.strip(" :,")
        if body.startswith("(") and ")" in body:  # expenses (amount, category) and …
            inner, _, after = body[1:].partition(")")
            body = f"{inner}, {after}"
        for position, item in enumerate(_items(body)):
            _take(found, _CLAUSE_LEAD.sub("", item) if introduced and position == 0 else item)
    return found


def _items(sentence: str) -> list[str]:
    """Parts at commas and "and" outside parentheses."""
    hidden = re.sub(r"\([^)]*\)", lambda m: re.sub(r",", "\0", m.group(0)).replace(" and ", " \1 "), sentence)
    parts = re.split(r",|\s+(?:and|plus|as well as)\s+|\s&\s", hidden)
    cleaned = [part.replace("\0", ",").replace("\1", "and").strip() for part in parts]
    return [re.sub(r"^(?:and|with|plus)\s+", "", part) for part in cleaned if part]


def _take(found: Found, item: str) -> None:
    item = item.strip(" .:")
    if ":" in item and (_PEOPLE.search(item) or _EVERYBODY.search(item)):
        item = item.partition(":")[2].strip()  # everyone sees only their own: title
    page = parse_page(item)
    if page is not None:
        found.pages.append(page)
        return
    if _SEARCH.search(item):
        found.search = True
        return
    if (
        not item
        or _ABOUT_LOOKS.match(item)
        or _NO_FIELD.match(item)
        or _PEOPLE.search(item)
        or _EVERYBODY.search(item)
    ):
        return
    parsed = parse_field(item)
    names = {known.name for known in found.fields}
    if parsed is not None and parsed.name not in names and len(found.fields) < MAX_FIELDS:
        found.fields.append(parsed)


def _complete(fields: list[Field], entity: str) -> tuple[Field, ...]:
    """Defaults for a prompt without fields, and always a text that names an entry."""
    if not fields:
        default = _DEFAULTS.get(entity, "title, notes, done")
        fields = [parsed for part in default.split(", ") if (parsed := parse_field(part))]
    if not any(known.kind == "text" for known in fields):
        name = "title" if any(known.name == "name" for known in fields) else "name"
        fields = [Field(name, words.capitalised(name)), *fields]
    return tuple(fields)
