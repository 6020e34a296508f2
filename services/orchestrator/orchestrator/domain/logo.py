"""An app's logo: drawn by a model and therefore hostile, or made of its name's letters."""

import hashlib
import math
import re
from collections.abc import Mapping
from xml.parsers import expat  # entities and document types, which make it dangerous, are refused
from xml.sax.saxutils import escape, quoteattr

MAX_LOGO_BYTES = 8_192
ICON = "public/favicon.svg"
"""Where a template's app has its icon."""
SHAPES = frozenset({"path", "circle", "rect", "ellipse", "line", "polyline", "polygon"})
GRADIENTS = frozenset({"linearGradient", "radialGradient"})
ELEMENTS = frozenset({"svg", "g", "defs", "stop", "title", *SHAPES, *GRADIENTS})
# No stroke-dasharray: dashes small enough keep a browser busy for minutes.
_ATTRIBUTES = frozenset(
    {
        *("id", "d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy"),
        *("width", "height", "transform", "fill", "fill-rule", "fill-opacity", "opacity", "offset"),
        *("stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit"),
        *("stroke-opacity", "stop-color", "stop-opacity"),
        *("gradientUnits", "gradientTransform", "spreadMethod"),
    }
)
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_VALUE = re.compile(r"[\w\s#.,+\-%()]*", re.ASCII)
_LOCAL = re.compile(r"#[A-Za-z][\w-]*", re.ASCII)
_LOCAL_PAINT = re.compile(r"url\(#[A-Za-z][\w-]*\)", re.ASCII)
_MAX_ELEMENTS, _MAX_DEPTH, _MAX_TITLE, _MAX_SIDE = 200, 12, 100, 10_000

_COLOURS = (
    *("#4052c9", "#0f766e", "#b4235a", "#7c3aed", "#b45309", "#15803d"),
    *("#0369a1", "#be123c", "#6d28d9", "#a21caf", "#334155", "#9a3412"),
)
"""White letters are readable on all of them, with a contrast of 4.5 at least."""


class LogoRefusedError(ValueError):
    """It is no drawing that can be shown as it is; the message says why."""


def drawing(svg: str) -> str:
    """The logo written anew from what of it is known to be harmless; LogoRefusedError if that is not all.

    Only attributes without meaning for a drawing of shapes are left out. The result is SVG of 8 kB at most,
    with a square viewBox, without a script, a style, or a reference to anything but itself.
    """
    content = svg.encode("utf-8", "replace")
    if len(content) > MAX_LOGO_BYTES:
        raise LogoRefusedError(f"it has {len(content):,} bytes, more than {MAX_LOGO_BYTES:,}")
    writer = _Writer()
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _declares
    parser.ProcessingInstructionHandler = _declares
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise LogoRefusedError(f"it is no XML: {error}") from error
    return writer.result()


def _declares(*_: object) -> None:
    raise LogoRefusedError("it declares something")


class _Writer:
    """Takes the parser's events and writes the drawing."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[str] = []
        self._elements = 0
        self._shapes = 0
        self._title = ""

    def start(self, qualified: str, attributes: Mapping[str, str]) -> None:
        namespace, _, name = qualified.rpartition(" ")
        if namespace not in {"", _SVG} or name not in ELEMENTS:
            raise LogoRefusedError(f"it has an element {name}")
        if (name == "svg") != (not self._open):
            raise LogoRefusedError("it is not one svg")
        self._elements += 1
        if self._elements > _MAX_ELEMENTS or len(self._open) >= _MAX_DEPTH:
            raise LogoRefusedError("it has too many elements")
        self._shapes += name in SHAPES and "defs" not in self._open
        kept = {"xmlns": _SVG, "viewBox": _square(attributes)} if name == "svg" else _kept(name, attributes)
        self._open.append(name)
        written = "".join(f" {key}={quoteattr(value)}" for key, value in kept.items())
        self._parts.append(f"<{name}{written}>")

    def end(self, _: str) -> None:
        if self._open[-1] == "title":
            self._parts.append(escape(" ".join(self._title.split())[:_MAX_TITLE]))
            self._title = ""
        self._parts.append(f"</{self._open.pop()}>")

    def text(self, text: str) -> None:
        """Words are nowhere to be seen but in a title."""
        if self._open[-1] == "title":
            self._title += text

    def result(self) -> str:
        if not self._shapes:
            raise LogoRefusedError("it draws nothing")
        drawn = "".join(self._parts)
        if len(drawn.encode()) > MAX_LOGO_BYTES:
            raise LogoRefusedError(f"it has more than {MAX_LOGO_BYTES:,} bytes")
        return drawn


def _kept(element: str, attributes: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for qualified, value in attributes.items():
        namespace, _, name = qualified.rpartition(" ")
        if name.lower().startswith("on") or name in {"style", "src"}:
            raise LogoRefusedError(f"{element} has an attribute {name}")
        if name == "href":
            if namespace not in {"", _XLINK} or not _LOCAL.fullmatch(value):
                raise LogoRefusedError(f"{element} refers to something else")
            if element in GRADIENTS:
                kept[name] = value
        elif not namespace and name in _ATTRIBUTES:
            kept[name] = _harmless(element, name, value)
    return kept


def _harmless(element: str, name: str, value: str) -> str:
    value = " ".join(value.split())
    paint = name in {"fill", "stroke"} and _LOCAL_PAINT.fullmatch(value)
    if not paint and ("url" in value.lower() or not _VALUE.fullmatch(value)):
        raise LogoRefusedError(f"the {name} of {element} is not what it should be")
    return value


def _square(attributes: Mapping[str, str]) -> str:
    """The viewBox of the whole; nothing else of what a root may have matters."""
    _kept("svg", attributes)
    try:
        x, y, width, height = (float(part) for part in re.split(r"[\s,]+", attributes["viewBox"].strip()))
    except (KeyError, ValueError) as error:
        raise LogoRefusedError("it has no viewBox of four numbers") from error
    if not (width == height and 0 < width <= _MAX_SIDE and math.hypot(x, y) <= _MAX_SIDE):
        raise LogoRefusedError("its viewBox is not square")
    return f"{x:g} {y:g} {width:g} {height:g}"


def monogram(name: str, app_id: str) -> str:
    """A logo of the name's first letters, in a colour that follows from the app's id."""
    words = re.findall(r"[^\W_]+", name)
    letters = "".join(word[0].upper()[0] for word in words[:2]) or "A"
    colour = _COLOURS[hashlib.sha256(app_id.encode()).digest()[0] % len(_COLOURS)]
    return (
        f'<svg xmlns="{_SVG}" viewBox="0 0 64 64"><title>{escape(letters)}</title>'
        f'<rect width="64" height="64" rx="14" fill="{colour}"/>'
        '<text x="32" y="33" fill="#ffffff" font-family="system-ui, sans-serif" font-size="28" '
        f'font-weight="600" text-anchor="middle" dominant-baseline="central">{escape(letters)}</text></svg>\n'
    )
