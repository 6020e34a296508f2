"""The pages that a build of a site hands over: content is the app's, all around it the template's."""

import base64

import pytest

from builder.domain.output import checked
from builder.domain.refusal import OutputRefused
from builder.domain.serving import ORIGIN, Asked, Site
from tests.builder.test_output import MAX, PAGE, SOURCE, TAGS, output, page

SITE = {**SOURCE, "vite/prerender.ts": b"export {};\n"}
HEAD = (
    '<title>About us</title><meta name="description" content="a &lt;b&gt;">'
    '<link rel="canonical" href="{{APP_URL}}/about"><link rel="preload" as="image" href="/a.png"/>'
)
BODY = '<main id="main"><div><p>Hello</p></div><script type="application/ld+json">{}</script></main>'
ABOUT = "about/index.html"


def made(
    head: str = HEAD, body: str = BODY, whole: str | None = None, opening: str = ' data-page="/about"'
) -> str:
    whole = page() if whole is None else whole
    return whole.replace("<title>App</title>", head).replace(
        '<div id="root"></div>', f'<div id="root"{opening}>{body}</div>'
    )


def serve(files: dict[str, str], source: dict[str, bytes] = SITE) -> dict[str, bytes]:
    return checked(source, output(files={path: text.encode() for path, text in files.items()}), MAX)[0]


def test_pages_go_live_as_they_were_made() -> None:
    pages = {
        "index.html": made(opening=' data-page="/"'),
        ABOUT: made(),
        "404.html": made(),
        "200.html": made(body="", opening=""),
        "sitemap.xml": "<urlset/>",
        "robots.txt": "Allow: /",
    }
    files = serve(pages)
    assert {path: files[path].decode() for path in pages} == pages


def test_a_page_that_is_left_to_the_browser_is_the_templates() -> None:
    assert serve({ABOUT: page()})[ABOUT] == output().files["index.html"]


REFUSED = {
    "a script in the head": made(head=f"{HEAD}<script>alert(1)</script>"),
    "a policy in the head": made(head=f'{HEAD}<meta http-equiv="refresh" content="0">'),
    "a base": made(head=f'{HEAD}<base href="https://x/">'),
    "another id": made().replace("{{APP_ID}}", "someone"),
    "no theme": made().replace('<script src="/theme.js"></script>', ""),
    "a script that does not exist": made().replace("index-aaaaaaaa.js", "index-xxxxxxxx.js"),
    "a handler on the place for content": made(opening=' onclick="alert(1)"'),
    "something behind the content": made().replace("</body>", "<script>alert(1)</script></body>"),
    "something before the content": made().replace('<div id="root"', '<p>x</p><div id="root"'),
    "no place for content": page().replace('<div id="root"></div>', ""),
    "no end": made().replace("</body>", ""),
    "the template's own": PAGE,
    "nothing": "",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_around_the_content_nothing_is_the_apps(text: str) -> None:
    with pytest.raises(OutputRefused):
        serve({ABOUT: text})


@pytest.mark.parametrize(
    "path", ["about.html", "about/index.htm", "sitemap.json", "x/robots.txt", "a/404.html"]
)
def test_no_other_file_is_a_page(path: str) -> None:
    with pytest.raises(OutputRefused, match="is no file that it makes"):
        serve({path: made()})


def test_only_a_template_that_makes_pages_has_them() -> None:
    with pytest.raises(OutputRefused, match="is no file that it makes"):
        serve({ABOUT: made()}, SOURCE)
    with pytest.raises(OutputRefused, match=r"index\.html"):
        serve({"index.html": made()}, SOURCE)


def test_a_page_is_not_written_over_a_public_file() -> None:
    with pytest.raises(OutputRefused, match="is a file of public/"):
        serve({ABOUT: made()}, {**SITE, f"public/{ABOUT}": b"mine"})


def test_a_flood_of_tags_is_refused_at_once() -> None:
    with pytest.raises(OutputRefused):
        serve({ABOUT: made(whole=page(TAGS * 1000))})
    with pytest.raises(OutputRefused):
        serve({ABOUT: made(head="<meta name=x>" * 50_000 + "<")})


@pytest.mark.parametrize(
    ("path", "kind", "status", "content"),
    [
        ("/about", "Document", 200, b"about"),
        ("/about/", "Document", 200, b"about"),
        ("/docs/", "Document", 200, b"a folder of public/"),
        ("/docs", "Document", 307, b""),
        ("/nowhere", "Document", 404, b"missing"),
        ("/nowhere.png", "Image", 404, b"Not found\n"),
    ],
)
def test_a_site_is_looked_at_as_it_is_served(path: str, kind: str, status: int, content: bytes) -> None:
    about = b'about {"APP_ID":"{{APP_ID}}"}'
    files = {
        "index.html": b"home",
        ABOUT: about,
        "404.html": b"missing",
        "docs/index.html": b"a folder of public/",
    }
    answer = Site(files, "testtesttest").answer(Asked("GET", f"{ORIGIN}{path}", kind, "text/html"))
    assert answer is not None
    assert answer.status == status
    assert base64.b64decode(answer.body).startswith(content)


def test_addresses_that_only_the_apps_code_knows_get_its_page_for_that() -> None:
    site = Site({"index.html": b"home", "404.html": b"missing", "200.html": b"open"}, "testtesttest")
    answer = site.answer(Asked("GET", f"{ORIGIN}/orders/7", "Document", "text/html"))
    assert answer is not None
    assert answer.status == 200
