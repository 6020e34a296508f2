"""A model's logo is hostile: what is served was written by us, of harmless parts, or it is refused."""

import xml.etree.ElementTree as ET

import pytest

from orchestrator.domain.logo import ELEMENTS, MAX_LOGO_BYTES, LogoRefusedError, drawing, monogram

NS = "http://www.w3.org/2000/svg"
GOOD = (
    f'<?xml version="1.0" encoding="UTF-8"?><!-- a shelf --><svg xmlns="{NS}" width="64" height="64" '
    'viewBox="0 0 64 64" class="logo" role="img" aria-label="Shelf"><title>A &lt;shelf&gt; &amp; more</title>'
    '<defs><linearGradient id="g-1" x1="0" x2="1"><stop offset="0%" stop-color="#4052c9"/>'
    '<stop offset="1" stop-color="rgb(10, 20, 30)" stop-opacity=".5"/></linearGradient>'
    '<radialGradient id="h" href="#g-1"/></defs>'
    '<rect width="64" height="64" rx="14" fill="url(#g-1)"/>'
    '<g transform="translate(4 4) rotate(-45, 8, 8)" stroke-linecap="round"><path d="M4 8h16M4,16 l1e-3-2z" '
    'stroke="white" stroke-width="2.5" fill="none"/></g>'
    '<circle cx="9" cy="9" r="3" fill="currentColor"/></svg>'
)


def svg(inside: str = "", root: str = "", shape: str = '<path d="M0 0h9"/>') -> str:
    return f'<svg xmlns="{NS}" viewBox="0 0 64 64" {root}>{inside}{shape}</svg>'


HOSTILE = {
    "a script": svg("<script>alert(1)</script>"),
    "a script in capitals": svg("<SCRIPT>alert(1)</SCRIPT>"),
    "a script of another namespace": svg(
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>'
    ),
    "a script in CDATA": svg("<script><![CDATA[alert(1)]]></script>"),
    "an event handler": svg(root='onload="alert(1)"'),
    "an event handler of a shape": svg('<rect width="9" height="9" onclick="alert(1)"/>'),
    "an event handler in capitals": svg('<rect width="9" height="9" OnMouseOver="alert(1)"/>'),
    "foreign content": svg('<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>'),
    "a frame": svg('<iframe xmlns="http://www.w3.org/1999/xhtml" src="//evil.example"/>'),
    "an image": svg('<image href="https://evil.example/x.png" width="9" height="9"/>'),
    "a use of another document": svg('<use href="https://evil.example/x.svg#a"/>'),
    "a link": svg('<a href="javascript:alert(1)"><path d="M0 0h9"/></a>'),
    "a gradient of another document": svg('<linearGradient id="a" href="https://evil.example/x.svg#a"/>'),
    "a gradient of a script": svg('<linearGradient id="a" href="javascript:alert(1)"/>'),
    "an xlink to data": svg(
        '<linearGradient xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:image/svg+xml,x"/>'
    ),
    "a style element": svg("<style>@import url(//evil.example)</style>"),
    "a style": svg('<rect width="9" height="9" style="fill:url(https://evil.example/x)"/>'),
    "a harmless style, which cannot be told": svg('<rect width="9" height="9" style="fill:red"/>'),
    "a paint elsewhere": svg('<rect width="9" height="9" fill="url(https://evil.example/x#a)"/>'),
    "a paint in capitals": svg('<rect width="9" height="9" fill="URL(//evil.example)"/>'),
    "a paint in quotes": svg("<rect width='9' height='9' fill='url(\"#a\")'/>"),
    "an escaped paint": svg('<rect width="9" height="9" fill="u\\72l(//evil.example)"/>'),
    "a paint with another elsewhere": svg('<rect width="9" fill="url(#a) url(//evil.example)"/>'),
    "an address for a width": svg('<rect width="javascript:alert(1)" height="9"/>'),
    "a filter": svg('<filter id="f"><feImage href="//evil.example"/></filter>'),
    "an animation": svg('<set attributeName="href" to="javascript:alert(1)"/>'),
    "a handler by animation": svg('<animate attributeName="onload" values="alert(1)"/>'),
    "a mask": svg('<mask id="m"/>'),
    "text": svg("<text>Pay here</text>"),
    "a billion laughs": f'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>{svg("<title>&b;</title>")}',
    "a file": f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{svg("<title>&a;</title>")}',
    "a document type": f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "https://evil.example/x.dtd">{svg()}',
    "an unknown entity": svg("<title>&nbsp;</title>"),
    "a style sheet": f'<?xml-stylesheet href="//evil.example/x.css"?>{svg()}',
    "an svg within": svg(svg()),
    "two roots": svg() + svg(),
    "another root": f'<g xmlns="{NS}" viewBox="0 0 9 9"><path d="M0 0"/></g>',
    "a page": '<html><body><svg viewBox="0 0 9 9"><path d="M0 0"/></svg></body></html>',
    "no end": f'<svg xmlns="{NS}" viewBox="0 0 9 9"><path d="M0 0"/>',
    "no XML": "A logo of a shelf",
    "nothing": "",
    "nothing to see": svg(shape=""),
    "shapes only to be referred to": svg("<defs><path d='M0 0'/></defs>", shape=""),
    "no viewBox": f'<svg xmlns="{NS}" width="9" height="9"><path d="M0 0"/></svg>',
    "an oblong viewBox": f'<svg xmlns="{NS}" viewBox="0 0 64 32"><path d="M0 0"/></svg>',
    "an empty viewBox": f'<svg xmlns="{NS}" viewBox="0 0 0 0"><path d="M0 0"/></svg>',
    "a viewBox that is no number": f'<svg xmlns="{NS}" viewBox="0 0 nan nan"><path d="M0 0"/></svg>',
    "an endless viewBox": f'<svg xmlns="{NS}" viewBox="0 0 inf inf"><path d="M0 0"/></svg>',
    "a viewBox far away": f'<svg xmlns="{NS}" viewBox="-inf 0 64 64"><path d="M0 0"/></svg>',
    "too many bytes": svg(f"<title>{'x' * MAX_LOGO_BYTES}</title>"),
    "too many elements": svg("<g/>" * 300),
    "too deep": svg("<g>" * 40 + "</g>" * 40),
    "a prefix that is nothing": svg('<g xlink:href="#a"/>'),
    "half a character": svg("<title>\ud800</title>\0"),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_not_known_to_be_harmless_is_refused(hostile: str) -> None:
    with pytest.raises(LogoRefusedError):
        drawing(hostile)


def test_a_drawing_is_kept_and_written_anew() -> None:
    drawn = drawing(GOOD)
    root = ET.fromstring(drawn)
    assert root.attrib == {"viewBox": "0 0 64 64"}
    names = [element.tag.removeprefix(f"{{{NS}}}") for element in root.iter()]
    assert names == [
        *("svg", "title", "defs", "linearGradient", "stop", "stop", "radialGradient"),
        *("rect", "g", "path", "circle"),
    ]
    assert set(names) <= ELEMENTS
    title = root.find(f"{{{NS}}}title")
    assert title is not None
    assert title.text == "A <shelf> & more"
    rect = root.find(f"{{{NS}}}rect")
    assert rect is not None
    assert rect.attrib == {"width": "64", "height": "64", "rx": "14", "fill": "url(#g-1)"}
    assert 'd="M4 8h16M4,16 l1e-3-2z"' in drawn
    assert 'href="#g-1"' in drawn
    assert drawing(drawn) == drawn


def test_what_means_nothing_to_a_drawing_is_left_out() -> None:
    drawn = drawing(svg('<rect width="9" class="x" data-x="javascript:" stroke-dasharray="1e-9"/>x'))
    assert '<rect width="9"></rect>' in drawn
    assert ">x" not in drawn


def test_a_drawing_without_its_namespace_gets_it() -> None:
    drawn = drawing("<svg viewBox='0,0,24,24'><path d='M0 0h9'/></svg>")
    assert drawn == f'<svg xmlns="{NS}" viewBox="0 0 24 24"><path d="M0 0h9"></path></svg>'


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Reading list", "RL"),
        ("shelf", "S"),
        ("Straße übers Land", "SÜ"),
        ("ßa", "S"),
        ("3 <script>", "3S"),
        ("読書", "読"),
        ("& \U0001f600", "A"),
    ],
)
def test_a_monogram_is_of_the_names_letters(name: str, letters: str) -> None:
    root = ET.fromstring(monogram(name, "abcdef"))
    assert [element.text for element in root.iter() if element.text and element.text.strip()] == [letters] * 2


def test_a_monogram_stays_the_same_and_differs_from_others() -> None:
    assert monogram("Shelf", "a1") == monogram("Shelf", "a1")
    assert len({monogram("Shelf", f"app{number}") for number in range(40)}) > 5
