"""The colours of a theme, light and dark: from one or two of a brand to all that the components name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrator.domain.theme.colour import Oklch, difference, ink_on, lowest, readable, warmed

TEXT = 4.5
"""The contrast that text has at least; WCAG 2.2, 1.4.3."""
EDGE = 3.0
"""That of edges of controls, of the focus ring and of charts; WCAG 2.2, 1.4.11."""
APART = 0.09
"""The least difference of two colours of a chart, in OKLab."""
_TEXT_AIM, _EDGE_AIM = 4.7, 3.15
"""A little more than is asked for, so that a half transparent surface below leaves enough."""

Sidebar = Literal["plain", "soft", "dark", "primary"]

SURFACES = ("background", "card", "popover")
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *(("foreground", surface) for surface in ("background", "muted", "accent")),
    *(("muted-foreground", surface) for surface in (*SURFACES, "muted", "accent", "secondary")),
    *((f"{surface}-foreground", surface) for surface in ("card", "popover", "secondary", "accent")),
    *((f"{fill}-foreground", fill) for fill in ("primary", "destructive", "success", "warning")),
    *((fill, on) for fill in ("primary", "destructive", "success", "warning") for on in (*SURFACES, "muted")),
    *((f"{part}-foreground", part) for part in ("sidebar", "sidebar-primary", "sidebar-accent")),
)
EDGE_PAIRS: tuple[tuple[str, str], ...] = (
    *((edge, surface) for edge in ("input", "ring") for surface in SURFACES),
    ("sidebar-ring", "sidebar"),
    ("sidebar-primary", "sidebar"),
    *((f"chart-{number}", surface) for number in range(1, 6) for surface in ("background", "card")),
)


@dataclass(frozen=True, slots=True)
class Tones:
    """How a theme uses its colours; lightness and chroma as in `Oklch`.

    `paper` and `night` are the lightness of the page in the light and in the dark, `tint` is how much of a
    hue its greys have, `vivid` how colourful soft surfaces are (1 is ordinary), `outlined` whether boxes have
    edges as dark as text.
    """

    paper: float = 0.985
    night: float = 0.175
    tint: float = 0.008
    vivid: float = 1.0
    sidebar: Sidebar = "soft"
    outlined: bool = False


@dataclass(frozen=True, slots=True)
class Palette:
    """`neutral`'s hue is that of the greys, none where its chroma is 0."""

    primary: Oklch
    second: Oklch
    neutral: Oklch
    tones: Tones

    def light(self) -> dict[str, str]:
        """Hex colours by token."""
        return _Scheme(self, dark=False).tokens()

    def dark(self) -> dict[str, str]:
        return _Scheme(self, dark=True).tokens()


@dataclass(frozen=True, slots=True)
class _Scheme:
    palette: Palette
    dark: bool

    def tokens(self) -> dict[str, str]:
        page = self._surfaces()
        on = [page[name] for name in (*SURFACES, "muted")]
        grey = self._grey(0.7 if self.dark else 0.52, 1.5)
        muted = self._seen(grey, [*on, page["accent"], page["secondary"]], _TEXT_AIM)
        page["muted-foreground"] = muted.hex()
        page |= self._fills(on)
        page["input"] = self._seen(self._grey(0.5 if self.dark else 0.7, 1.5), on, _EDGE_AIM).hex()
        page["ring"] = page["primary"]
        page |= self._charts(page)
        return page | self._sidebar(page)

    def _grey(self, lightness: float, strength: float = 1.0) -> Oklch:
        chroma = min(self.palette.tones.tint * strength, 0.05)
        return self.palette.neutral.at(lightness, chroma if self.palette.neutral.chroma else 0.0)

    def _soft(self, colour: Oklch, lightness: float, chroma: float) -> Oklch:
        return colour.at(lightness, min(colour.chroma, chroma * self.palette.tones.vivid))

    def _surfaces(self) -> dict[str, str]:
        tones, second = self.palette.tones, self.palette.second
        if self.dark:
            base, ink = tones.night, self._grey(0.95, 0.8)
            lifts = {"background": 0.0, "card": 0.035, "popover": 0.05, "muted": 0.07}
            soft = (base + 0.12, base + 0.095, base + 0.13)
        else:
            base, ink = tones.paper, self._grey(0.21, 2.5)
            lifts = {"background": 0.0, "card": 0.025, "popover": 0.025, "muted": -0.028}
            soft = (base - 0.052, base - 0.042, base - 0.085)
        page = {name: self._grey(min(base + lift, 1.0)).hex() for name, lift in lifts.items()}
        page["secondary"] = self._soft(second, soft[0], 0.05 if self.dark else 0.035).hex()
        page["accent"] = self._soft(self.palette.primary, soft[1], 0.03 if self.dark else 0.02).hex()
        page["foreground"] = ink.hex()
        page |= {f"{name}-foreground": ink.hex() for name in ("card", "popover")}
        text = self._soft(second, 0.9 if self.dark else 0.36, 0.09)
        page["secondary-foreground"] = self._seen(text, [page["secondary"]], _TEXT_AIM).hex()
        page["accent-foreground"] = self._seen(ink, [page["accent"]], _TEXT_AIM).hex()
        page["border"] = ink.hex() if tones.outlined else self._grey(soft[2], 1.6).hex()
        return page

    def _fills(self, on: Sequence[str]) -> dict[str, str]:
        start = 0.7 if self.dark else 0.55
        colours = {
            "primary": self._brand(self.palette.primary),
            "destructive": Oklch(start, 0.19, 26),
            "success": Oklch(start + 0.03, 0.13, 152),
            "warning": Oklch(start + 0.1, 0.15, 72),
        }
        fills: dict[str, str] = {}
        for name, colour in colours.items():
            fills[name] = self._seen(colour, on, _TEXT_AIM).hex()
            fills[f"{name}-foreground"] = ink_on(fills[name], colour, TEXT)
        return fills

    def _brand(self, colour: Oklch) -> Oklch:
        """Where the search for the colour's own kind in this scheme begins."""
        least = 1.08 - colour.lightness if colour.grey else 0.7  # black on paper is white at night
        return colour.at(max(colour.lightness, least)) if self.dark else colour

    def _seen(self, colour: Oklch, on: Sequence[str], ratio: float) -> Oklch:
        return readable(colour, on, ratio, darker=not self.dark)

    def _charts(self, page: Mapping[str, str]) -> dict[str, str]:
        """The brand's colours, then each time what is most unlike all before among what can be seen."""
        on = [page["background"], page["card"]]
        first, second = (
            self._seen(self._brand(colour), on, _EDGE_AIM).hex()
            for colour in (self.palette.primary, self.palette.second)
        )
        chosen = [first, second] if difference(first, second) > APART else [first]
        chroma = max(min(self.palette.primary.chroma, 0.14), 0.1)
        candidates = [
            self._seen(warmed(Oklch(0.8, chroma, step * 15), lightness), on, _EDGE_AIM).hex()
            for lightness in ((0.68, 0.8) if self.dark else (0.48, 0.62))
            for step in range(24)
        ]
        while len(chosen) < 5:
            chosen.append(max(candidates, key=lambda one: min(difference(one, other) for other in chosen)))
        return {f"chart-{number}": colour for number, colour in enumerate(chosen, 1)}

    def _sidebar(self, page: Mapping[str, str]) -> dict[str, str]:
        """The side's own colours; where it is darker than the page it is a scheme of its own."""
        kind = self.palette.tones.sidebar
        if kind == "primary" and not self.dark:
            return _solid_sidebar(self.palette.primary, page["primary"])
        if kind == "dark" and not self.dark:
            return _Scheme(self.palette, dark=True).tokens_of_side()
        return self._side(page, "background" if kind == "plain" else "card" if self.dark else "muted")

    def tokens_of_side(self) -> dict[str, str]:
        page = self._surfaces()
        page |= self._fills([page[name] for name in (*SURFACES, "muted")])
        return self._side(page, "background")

    def _side(self, page: Mapping[str, str], surface: str) -> dict[str, str]:
        return {
            "sidebar": page[surface],
            "sidebar-foreground": page["foreground"],
            "sidebar-primary": page["primary"],
            "sidebar-primary-foreground": page["primary-foreground"],
            "sidebar-accent": page["accent"],
            "sidebar-accent-foreground": page["accent-foreground"],
            "sidebar-border": page["border"],
            "sidebar-ring": page["primary"],
        }


def _solid_sidebar(brand: Oklch, fill: str) -> dict[str, str]:
    """A side filled with the brand's colour, deep enough for white on it."""
    deep = Oklch.of(fill)
    deep = deep.at(min(deep.lightness, 0.42), min(deep.chroma, 0.16))
    text = ink_on(deep.hex(), brand, 7.0)
    accent = deep.at(deep.lightness + 0.07 if deep.lightness < 0.3 else deep.lightness - 0.08).hex()
    return {
        "sidebar": deep.hex(),
        "sidebar-foreground": text,
        "sidebar-primary": text,
        "sidebar-primary-foreground": readable(deep, [text], TEXT, darker=True).hex(),
        "sidebar-accent": accent,
        "sidebar-accent-foreground": ink_on(accent, brand, TEXT),
        "sidebar-border": deep.at(deep.lightness + 0.1).hex(),
        "sidebar-ring": text,
    }


def weakest(tokens: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> tuple[float, str, str]:
    """The lowest contrast among the pairs of tokens, and whose it is."""
    return min((lowest(tokens[one], [tokens[other]]), one, other) for one, other in pairs)
