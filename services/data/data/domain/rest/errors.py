"""What is refused, in the words clients of PostgREST know.

The codes and their meaning are PostgREST's (https://docs.postgrest.org/en/stable/references/errors.html).
"""

from typing import Any


class RestError(Exception):
    """An answer that is no success: its HTTP status and the four fields of its body."""

    def __init__(
        self, status: int, code: str, message: str, *, details: Any = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.hint = hint

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "details": self.details, "hint": self.hint, "message": self.message}


def unparsable(what: str, text: str, column: int, expected: str) -> RestError:
    """A parameter that is not of the dialect; `column` counts from zero."""
    found = repr(text[column])[1:-1] if column < len(text) else None
    details = f'unexpected "{found}"' if found is not None else "unexpected end of input"
    return RestError(
        400,
        "PGRST100",
        f'"failed to parse {what} ({shortened(text)})" (line 1, column {column + 1})',
        details=f"{details} expecting {expected}",
    )


def invalid_body(message: str) -> RestError:
    return RestError(400, "PGRST102", message)


def invalid_preferences(wrong: list[str]) -> RestError:
    return RestError(
        400,
        "PGRST122",
        "Invalid preferences given with handling=strict",
        details=f"Invalid preferences: {', '.join(wrong)}",
    )


def too_much_embedded() -> RestError:
    return RestError(
        400,
        "PGRST100",
        "The select parameter selects too many columns, over all embedded resources.",
        hint="Name the columns that are needed instead of *.",
    )


def unknown_schema(name: str) -> RestError:
    return RestError(
        406,
        "PGRST106",
        f"Invalid schema: {shortened(name)}",
        hint="Only the following schemas are exposed: public",
    )


def unknown_table(name: str, like: str | None) -> RestError:
    hint = f"Perhaps you meant the table 'public.{like}'" if like else None
    message = f"Could not find the table 'public.{shortened(name)}' in the schema cache"
    return RestError(404, "PGRST205", message, hint=hint)


def unknown_payload_column(name: str, table: str) -> RestError:
    return RestError(
        400, "PGRST204", f"Could not find the '{shortened(name)}' column of '{table}' in the schema cache"
    )


def unknown_column(alias: str, name: str) -> RestError:
    """In PostgreSQL's own words: PostgREST leaves it to the database to miss a column."""
    return RestError(400, "42703", f"column {alias}.{shortened(name)} does not exist")


def not_embedded(name: str, where: str) -> RestError:
    return RestError(
        400,
        "PGRST108",
        f"'{shortened(name)}' is not an embedded resource in this request",
        hint=f"Verify that '{shortened(name)}' is included in the 'select' query parameter of '{where}'.",
    )


def not_satisfiable(details: str) -> RestError:
    return RestError(416, "PGRST103", "Requested range not satisfiable", details=details)


def not_single(rows: int) -> RestError:
    return RestError(
        406,
        "PGRST116",
        "Cannot coerce the result to a single JSON object",
        details=f"The result contains {rows} rows",
    )


def too_many_affected(rows: int) -> RestError:
    return RestError(
        400,
        "PGRST124",
        "Query result exceeds max-affected preference constraint",
        details=f"The query affects {rows} rows",
    )


def not_acceptable(types: str) -> RestError:
    return RestError(406, "PGRST107", f"None of these media types are available: {shortened(types)}")


def shortened(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
