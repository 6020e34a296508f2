"""The HTTP answer: status and headers by what was asked and what came of it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

from data.domain.rest.errors import RestError, not_satisfiable
from data.domain.rest.preferences import Form, Preferences
from data.domain.rest.syntax import Window


@dataclass(slots=True)
class Reply:
    """`headers` have lower-case names."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def read_reply(body: str, form: Form, window: Window, returned: int, total: int | None) -> Reply:
    """Of rows by their window: 206 when there are more, 416 for a window behind the last."""
    first = window.offset
    if total is not None and first > total:
        raise not_satisfiable(f"An offset of {first} was requested, but there are only {total} rows.")
    partial = total is not None and returned < total
    reply = Reply(206 if partial else 200, body)
    reply.headers["content-range"] = content_range(first, returned, total)
    return in_form(reply, form)


def content_range(first: int, returned: int, total: int | None) -> str:
    rows = f"{first}-{first + returned - 1}" if returned else "*"
    return f"{rows}/{'*' if total is None else total}"


def change_reply(
    method: str, body: str, form: Form, prefer: Preferences, returned: int, inserted: int | None
) -> Reply:
    """Of an insert, update or deletion. An insert that found all its rows there has created nothing."""
    shown = prefer.representation == "representation"
    created = method == "POST" and (inserted != 0 or not returned)
    status = 201 if created else 200 if shown or method == "POST" else 204
    reply = Reply(status, body if shown else "")
    counted = returned if prefer.count is not None else None
    first = returned if method == "PATCH" else 0
    reply.headers["content-range"] = content_range(0, first, counted)
    return in_form(reply, form) if shown else reply


def location(table: str, body: str) -> str | None:
    """Where the one new row is, by its primary key."""
    rows = json.loads(body, parse_int=str, parse_float=str)
    if len(rows) != 1 or not rows[0]:
        return None
    filters = (f"{quote(name)}=eq.{quote(str(value), safe='')}" for name, value in rows[0].items())
    return f"/{quote(table)}?{'&'.join(filters)}"


def in_form(reply: Reply, form: Form) -> Reply:
    reply.headers["content-type"] = form.content_type
    if form is Form.CSV:
        reply.body = _csv(reply.body)
    return reply


def _csv(body: str) -> str:
    value = json.loads(body, parse_int=_integer, parse_float=_Float)
    rows = value if isinstance(value, list) else [value]
    if rows and isinstance(rows[0], dict):
        lines = [[_quoted(name) for name in rows[0]]]
        lines += [[_cell(value) for value in row.values()] for row in rows]
    else:
        lines = [[_cell(row)] for row in rows]
    return "\n".join(",".join(line) for line in lines)


class _Float(float):
    """With its text as PostgreSQL wrote it."""

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


def _integer(text: str) -> int | str:
    return int(text) if len(text) < 1000 else text  # Python refuses to read more than some thousand digits


def _cell(value: object) -> str:
    """Null is nothing at all, an empty text an empty pair of quotes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, _Float):
        return value.text
    return _quoted(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if not text or _SPECIAL.search(text) else text


_SPECIAL = re.compile(r"[\s\",()\\]")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,4000}")
_OPEN = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-language",
        "etag",
        "expires",
        "last-modified",
        "link",
        "location",
        "retry-after",
        "vary",
    }
)
"""Besides `X-…`, what functions of an app may decide: all share one host, where a page of one is a page of
all, and the connection is the server's."""


def apply_settings(reply: Reply, status: str | None, headers: str | None) -> None:
    """Takes over what the app's own functions set as `response.status` and `response.headers`."""
    if headers:
        reply.headers.update(_set_headers(headers))
    if status:
        if re.fullmatch(r"[2-5]\d\d", status) is None:
            raise RestError(500, "PGRST112", "response.status guc must be a valid status code")
        reply.status = int(status)


def _set_headers(text: str) -> Iterable[tuple[str, str]]:
    wrong = RestError(
        500,
        "PGRST111",
        "response.headers guc must be a JSON array composed of objects with a single key and a string value",
    )
    try:
        given = json.loads(text)
        pairs = [(str(name), value) for one in given for name, value in one.items()]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise wrong from error
    for name, value in pairs:
        if not isinstance(value, str) or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise wrong
    lower = ((name.lower(), value) for name, value in pairs)
    return [(name, value) for name, value in lower if name in _OPEN or name.startswith("x-")]
