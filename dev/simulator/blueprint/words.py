"""Nouns and names: plural, singular, identifiers and labels."""

import re
import unicodedata

_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "goose": "geese",
    "mouse": "mice",
    "shelf": "shelves",
    "wife": "wives",
    "knife": "knives",
    "leaf": "leaves",
    "movie": "movies",
    "cookie": "cookies",
    "tomato": "tomatoes",
    "potato": "potatoes",
    "hero": "heroes",
    "series": "series",
    "species": "species",
    "equipment": "equipment",
    "furniture": "furniture",
    "software": "software",
    "music": "music",
    "sheep": "sheep",
    "fish": "fish",
    "news": "news",
}
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()}


def plural(noun: str) -> str:
    """The plural of a noun phrase's last word, lower case."""
    head, last = _split(noun)
    if last in _IRREGULAR:
        return head + _IRREGULAR[last]
    if re.search(r"[^aeiou]y$", last):
        return head + last[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", last):
        return head + last + "es"
    return head + last + "s"


def singular(noun: str) -> str:
    head, last = _split(noun)
    if last in _SINGULAR:
        return head + _SINGULAR[last]
    if re.search(r"[^aeiou]ies$", last):
        return head + last[:-3] + "y"
    if re.search(r"(ss|x|z|ch|sh|us)es$", last):
        return head + last[:-2]
    if last.endswith("s") and not re.search(r"(ss|us|is)$", last) and len(last) > 3:
        return head + last[:-1]
    return head + last


def _split(noun: str) -> tuple[str, str]:
    noun = noun.lower().strip()
    head, _, last = noun.rpartition(" ")
    return (f"{head} " if head else ""), last


def ascii_words(text: str) -> list[str]:
    """The words an identifier can be made of: accents dropped, other signs are gaps."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[A-Za-z0-9]+", re.sub(r"['\u2019]", "", plain))


def camel(text: str) -> str:
    """camelCase, or an empty string when nothing in the text can be part of an identifier."""
    words = [word.lower() for word in ascii_words(text)]
    name = words[0] + "".join(word.capitalize() for word in words[1:]) if words else ""
    return f"n{name}" if name[:1].isdigit() else name


def pascal(text: str) -> str:
    name = camel(text)
    return name[:1].upper() + name[1:]


def snake(name: str) -> str:
    """The column or table of a camelCase name, as the template's collections spell it."""
    return re.sub(r"[A-Z]", lambda found: f"_{found.group().lower()}", name)


def kebab(text: str) -> str:
    return "-".join(word.lower() for word in ascii_words(text))


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def label_of(name: str) -> str:
    """Of the name dueDate: Due date."""
    return capitalised(re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f" {found.group(1).lower()}", name))


def article(noun: str) -> str:
    vowel = re.match(r"(?:[aeio]|u(?!ni|se|ti|r[aeiou]))", noun.lower()) or re.match(
        r"hour|honest", noun.lower()
    )
    return "an" if vowel else "a"
