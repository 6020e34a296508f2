"""Turns the words for one field ("a done flag", "genre (drama, comedy)") into a Field."""

import re

from dev.simulator.blueprint import words
from dev.simulator.blueprint.spec import Field, Kind

_KINDS: dict[Kind, str] = {
    "rating": "rating ratings stars star score grade",
    "price": "price cost costs amount budget total fee salary rent money spent",
    "date": "date day deadline due birthday when anniversary",
    "textarea": "notes note description comment comments ingredients instructions steps review "
    "summary body content "
    "details directions text message bio remarks story thoughts plot abstract method",
    "number": "number count quantity qty pages year age servings minutes hours weight height "
    "distance calories "
    "duration reps sets level stock size points floor temperature percentage km kg miles portions",
    "url": "url link website homepage",
    "email": "email mail e-mail",
    "boolean": "done finished completed complete read seen watched bought paid owned favourite "
    "favorite active "
    "available archived urgent healthy packed checked important public invited confirmed attending resolved",
}
_KIND_OF: dict[str, Kind] = {word: kind for kind, text in _KINDS.items() for word in text.split()}
_TYPE_WORDS: dict[str, Kind] = {
    "flag": "boolean",
    "checkbox": "boolean",
    "toggle": "boolean",
    "boolean": "boolean",
    "yes/no": "boolean",
    "number": "number",
    "numeric": "number",
    "integer": "number",
    "date": "date",
    "text": "text",
    "string": "text",
    "textarea": "textarea",
    "long text": "textarea",
    "multiline": "textarea",
    "url": "url",
    "link": "url",
    "email": "email",
    "price": "price",
    "rating": "rating",
    "stars": "rating",
}
_DEFAULT_OPTIONS = {
    "status": ("Planned", "In progress", "Done"),
    "priority": ("Low", "Medium", "High"),
}
_LEAD = re.compile(
    r"^(?:(?:a|an|the|its|their|his|her|one|some|also|and|optional|required|each|own|my|your|new|extra|another|"
    r"whether|if|is|was|are|it|i|they|we|you|have|has|had|been|field|fields|called|named|for)\b\s*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:flag|checkbox|toggle|field|fields|column|property|attribute|dropdown|or not|it|them|value|input|"
    r"(?:from )?\d+ ?(?:-|\u2013|to) ?\d+|out of \d+)$",
    re.IGNORECASE,
)
_COUNT = re.compile(r"^(?:number|amount|count) of (.+)$", re.IGNORECASE)
_PARENS = re.compile(r"\(([^)]*)\)")
_PROTECTED = {"id": "number", "createdAt": "created", "userId": "user"}


def parse_field(text: str) -> Field | None:
    """None when the words do not name a field."""
    inside = " ".join(_PARENS.findall(text)).strip()
    outside = _PARENS.sub(" ", text).strip(" .:;!?\"'“”")
    forced = _forced_kind(outside, inside)
    name = _bare(outside)
    counted = _COUNT.match(name)
    if counted:
        name, forced = counted.group(1), forced or "number"
    parts = name.split()
    if not parts or len(parts) > 5 or parts[0][0].isdigit() or not words.camel(name):
        return None
    options = _options(inside, parts[-1].lower())
    kind = forced or ("choice" if options else kind_of(name))
    identifier = words.camel(name)
    identifier = _PROTECTED.get(identifier, identifier)
    return Field(identifier, words.capitalised(" ".join(parts)), kind, options if kind == "choice" else ())


def kind_of(name: str) -> Kind:
    """By the last word first: "release date" is a date, "date of purchase" too."""
    parts = [part.lower() for part in re.findall(r"[A-Za-z/-]+", name)]
    for part in (*reversed(parts[-1:]), *parts):
        if part in _KIND_OF:
            return _KIND_OF[part]
    return "text"


def _bare(text: str) -> str:
    text = _LEAD.sub("", " ".join(text.split()))
    while (shorter := _TAIL.sub("", text)) != text:
        text = shorter
    return text.strip(" -\u2013:")


def _forced_kind(outside: str, inside: str) -> Kind | None:
    if inside.lower() in _TYPE_WORDS:
        return _TYPE_WORDS[inside.lower()]
    if re.match(r"^\W*(?:whether|if|is)\b", outside, re.IGNORECASE):
        return "boolean"
    if re.search(r"\b\d+ ?(?:-|\u2013|to|/) ?\d+\b", inside) or re.search(
        r"\bout of \d+\b", f"{outside} {inside}"
    ):
        return "rating" if "rating" in outside.lower() or "stars" in inside.lower() else None
    last = outside.lower().split()[-1:] or [""]
    return "boolean" if last[0] in {"flag", "checkbox", "toggle"} else None


def _options(inside: str, last: str) -> tuple[str, ...]:
    found = [part.strip(" .\"'“”") for part in re.split(r"[,/|]|\bor\b|\band\b", inside)]
    found = [
        words.capitalised(part) for part in found if part and re.search(r"[A-Za-z]", part) and len(part) <= 40
    ]
    distinct = tuple(dict.fromkeys(found))
    return distinct if len(distinct) > 1 else _DEFAULT_OPTIONS.get(last, ())
