"""What a page that is looked at is served, without a browser."""

import pytest

from builder.domain.serving import ORIGIN, Asked, Site

SITE = Site({"index.html": b"<p>page</p>", "data.json": b"{}"}, "testtesttest")


@pytest.mark.parametrize(
    ("path", "kind", "accept", "status"),
    [
        ("/items/3", "Document", "text/html", 200),
        ("/items/3", "Fetch", "text/html, */*", 200),
        ("/items/3", "Fetch", "*/*", 404),
        ("/api/items", "XHR", "application/json", 404),
        ("/missing.png", "Image", "image/*,*/*", 404),
        ("/data.json", "Fetch", "*/*", 200),
        ("/", "Fetch", "*/*", 200),
    ],
)
def test_code_that_asks_for_data_is_not_answered_with_the_page(
    path: str, kind: str, accept: str, status: int
) -> None:
    answer = SITE.answer(Asked("GET", f"{ORIGIN}{path}", kind, accept))
    assert answer is not None
    assert answer.status == status
