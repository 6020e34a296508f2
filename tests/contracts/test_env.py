"""What stands in an app's page for `window.ENV`: the same for HTML, JSON and JavaScript."""

import json

import pytest
from pydantic import JsonValue

from common.contracts.env import APP_URL, fill_env, fill_page, growth, has_room_for_env

ROOMS = {
    "a data block": ('<script type="application/json" id="env">', '{"APP_ID":"{{APP_ID}}"}', "</script>"),
    "a script": ("<script>window.ENV=", '{APP_ID:"{{APP_ID}}"}', "</script>"),
    "a script with spaces": ("<script>window.ENV=", "{ APP_ID: '{{APP_ID}}' }", ";</script>"),
}
ENV: dict[str, JsonValue] = {
    "APP_ID": "k3x9m2p7q4wz",
    "HTML": "</script><script>alert(1)</script><!--<script> ]]> &lt;",
    "LINES": "\u2028\u2029\r\n\0",
    "REPLACED": r"\g<0> \1 {{APP_ID}} {APP_ID:\"{{APP_ID}}\"}",
    "TYPES": [True, False, None, 3, -0.5, 1e300, "", {"constructor": {"größe": []}}],
}


@pytest.mark.parametrize(("before", "room", "behind"), ROOMS.values(), ids=ROOMS)
def test_entries_take_the_room_and_nothing_else(before: str, room: str, behind: str) -> None:
    page = f"<!doctype html><p>größe {{APP_ID}}</p>{before}{room}{behind}<p>".encode()
    assert has_room_for_env(page)
    head, _, tail = page.partition(room.encode())
    filled = fill_env(page, ENV)
    assert filled.startswith(head)
    assert filled.endswith(tail)
    text = filled[len(head) : -len(tail)]
    assert json.loads(text) == ENV
    assert text.isascii()
    assert not set(b"<>&") & set(text), "nothing ends the element or begins a reference"


@pytest.mark.parametrize("page", ["", "<p>{{APP_ID}}</p>", '{APP_ID:"mine"}', "{APP_ID:'{{APP_ID}}\"}"])
def test_a_page_without_room_stays_as_it_is(page: str) -> None:
    assert not has_room_for_env(page.encode())
    assert fill_env(page.encode(), ENV) == page.encode()


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        fill_env(b'{"APP_ID":"{{APP_ID}}"}', {"APP_ID": float("nan")})


def test_one_page_has_one_room_and_says_beforehand_how_much_it_grows() -> None:
    room = b'{"APP_ID":"{{APP_ID}}"}'
    entries: dict[str, JsonValue] = {"APP_ID": "k3x9m2p7q4wz", "TEXT": "x" * 10_000 + APP_URL.decode()}
    address = "https://a-name-of-an-app.example"
    page = b"<head>" + (room + APP_URL) * 2_000
    filled = fill_page(page, entries, address)
    assert filled.count(room) == 1_999, "what else looks like the room is the app's own text"
    assert filled.count(address.encode()) == 2_000
    assert filled.count(APP_URL) == 1, "values are written as they were set"
    assert len(page) < len(filled) <= len(page) + growth(page, entries, address)
    assert growth(b"<p>", entries, address) == 0
