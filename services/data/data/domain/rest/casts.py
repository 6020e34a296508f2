"""Which types a request may cast to: ordinary ones, and those of the app's own schema."""

import string

from data.domain.rest.sql import quoted
from data.domain.sql.builtins import OID_ALIASES, TYPES

_NO_VALUES = frozenset({"oid", "name", "record", "void", "trigger"})
_ORDINARY = frozenset(
    one for one in TYPES - _NO_VALUES - OID_ALIASES if not one.startswith("any") and "serial" not in one
)
_SPELLINGS = frozenset(
    {
        "bigint",
        "bit varying",
        "boolean",
        "char varying",
        "character",
        "character varying",
        "dec",
        "decimal",
        "double precision",
        "float",
        "int",
        "integer",
        "national char",
        "national char varying",
        "national character",
        "national character varying",
        "nchar",
        "nchar varying",
        "real",
        "smallint",
        "time with time zone",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
    }
)
ORDINARY = _ORDINARY | _SPELLINGS
"""Types whose values are values: none is a name or a number of something in the shard's catalogue, which
several apps share."""

_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def cast_type(text: str, schema: str) -> str:
    """SQL of the type: what is not ordinary is looked for in the schema and nowhere else.

    `text` is what the scanner took for a type: words, perhaps with a modifier, perhaps an array.
    """
    end = min((at for at in (text.find("("), text.find("[")) if at >= 0), default=len(text))
    name = " ".join(text[:end].translate(_FOLDED).split())
    return (name if name in ORDINARY else f"{quoted(schema)}.{quoted(name)}") + text[end:]


def names_catalogue(kind: str) -> bool:
    """Whether a text that becomes such a value is looked up in the catalogue."""
    return kind.removeprefix("pg_catalog.").removesuffix("[]") in OID_ALIASES
