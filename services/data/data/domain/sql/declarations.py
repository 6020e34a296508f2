"""What PL/pgSQL's DECLARE says, by the text: libpg_query leaves out a record's type and default."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.domain.sql.tokens import Token, tokens

MOST_SECTIONS = 100
_SIGNS = {":=", "="}
_OPEN, _CLOSE = {"(", "["}, {")", "]"}
# A cursor's query and an alias' target, which the parser does tell of, stand where others have a type.
_NO_TYPE = {"cursor", "scroll", "no", "alias"}


@dataclass(frozen=True)
class Declaration:
    """A variable's type as far as it is a name, and its default; offsets count from the start of the body."""

    type: str
    type_at: int
    default: str
    default_at: int


class TooManySections(Exception):
    """More blocks with variables than anybody writes; reading on would take a hostile body's square."""


def declarations(body: str) -> Iterator[Declaration]:
    """Every variable of every DECLARE. Raises TooManySections.

    The word may also be a column's name in a query: then what follows is read too, to refuse more.
    """
    found = tokens(body)
    sections = [index for index, token in enumerate(found) if token.kind == "DECLARE"]
    if len(sections) > MOST_SECTIONS:
        raise TooManySections
    seen = set[int]()
    for section in sections:
        at = section + 1
        while at < len(found) and found[at].kind != "BEGIN_P" and at not in seen:
            seen.add(at)
            if found[at].kind == "DECLARE":
                at += 1
                continue
            end = _end(found, at)
            yield from _declaration(body, found[at:end])
            at = end + 1


def _end(found: Sequence[Token], at: int) -> int:
    """The index of the semicolon that ends the declaration."""
    depth = 0
    for index in range(at, len(found)):
        depth += (found[index].text in _OPEN) - (found[index].text in _CLOSE)
        if depth <= 0 and found[index].text == ";":
            return index
    return len(found)


def _declaration(body: str, parts: Sequence[Token]) -> Iterator[Declaration]:
    typed = parts[1:]
    if typed and typed[0].text.lower() == "constant":
        typed = typed[1:]
    elif typed and typed[0].text.lower() in _NO_TYPE:
        return
    if not typed:
        return
    sign = _sign(typed)
    begins = sign.end if sign else parts[-1].end
    default = body[begins : parts[-1].end]
    yield Declaration(_named(body, typed), typed[0].start, default, begins)


def _sign(typed: Sequence[Token]) -> Token | None:
    depth = 0
    for token in typed:
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth == 0 and (token.text in _SIGNS or token.kind == "DEFAULT"):
            return token
    return None


def _named(body: str, typed: Sequence[Token]) -> str:
    """The type's name with schema and `%type`; nothing for those whose name is a word of the grammar."""
    last = 0
    while len(typed) > last + 2 and typed[last + 1].text == ".":
        last += 2
    if last == 0 and typed[0].identifier is None:
        return ""
    if len(typed) > last + 2 and typed[last + 1].text == "%":
        last += 2
    return body[typed[0].start : typed[last].end]
