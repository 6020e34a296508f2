"""SQL as Postgres' own scanner cuts it: what is a name, what a string, what a comment."""

from dataclasses import dataclass

from pglast.parser import scan

_COMMENTS = {"SQL_COMMENT", "C_COMMENT"}
# Their names depend on escapes, which would let a schema or a role hide from who reads the text.
ESCAPED = {"UIDENT", "USCONST"}
MOST_BYTES_OF_A_NAME = 63

# Chains of operators, casts, joins and unions become trees as deep as they are long, and a tree too deep
# overflows the stack of the process. Values, commas and brackets are not counted: rows to insert are flat.
_MOST_LINKS = 10_000
_FLAT = {"SCONST", "ICONST", "FCONST", "BCONST", "XCONST", "NULL_P", "TRUE_P", "FALSE_P"}
_FLAT |= {"ASCII_40", "ASCII_41", "ASCII_44"}


@dataclass(frozen=True)
class Token:
    """A token other than a comment: `kind` is the scanner's name for it, `end` lies behind it."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def identifier(self) -> str | None:
        """The name it stands for, folded as Postgres folds it; none for keywords, values and symbols."""
        if self.kind != "IDENT":
            return None
        if self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"')
        return self.text.lower()


def tokens(sql: str) -> list[Token]:
    """All but comments. Raises pglast.parser.ParseError where a string or a comment does not end."""
    return [
        Token(token.name, sql[token.start : token.end + 1], token.start, token.end + 1)
        for token in scan(sql)
        if token.name not in _COMMENTS
    ]


def too_deep(found: list[Token]) -> Token | None:
    """The token from which on a statement is refused unread, because its tree might be too deep."""
    links = 0
    for token in found:
        links = 0 if token.kind == "ASCII_59" else links + (token.kind not in _FLAT)
        if links > _MOST_LINKS:
            return token
    return None
