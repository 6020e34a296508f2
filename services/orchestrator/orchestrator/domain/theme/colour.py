"""Colours by OKLCH: what people see as light, colourful and of one hue, and what a screen can show of it.

The matrices are Björn Ottosson's (https://bottosson.github.io/posts/oklab/); contrast is that of WCAG 2.2.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_STEPS = 12
"""Halvings of an interval; the last is finer than a step of a screen's 255."""
_EXTREME = 1e-9


@dataclass(frozen=True, slots=True)
class Oklch:
    """Lightness from 0 (black) to 1 (white), chroma from 0 (grey) to about 0.3, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def of(cls, colour: str) -> "Oklch":
        """Of a hex colour as `normal_hex` gives it."""
        return cls(*_seen_as(colour))

    def at(self, lightness: float, chroma: float | None = None) -> "Oklch":
        """The same hue, lighter or darker, and as colourful as `chroma` says."""
        return replace(self, lightness=lightness, chroma=self.chroma if chroma is None else chroma)

    def turned(self, degrees: float) -> "Oklch":
        return replace(self, hue=(self.hue + degrees) % 360)

    @property
    def grey(self) -> bool:
        """Whether nobody would name a hue for it."""
        return self.chroma < 0.03

    def hex(self) -> str:
        """The nearest colour of this lightness and hue that every screen can show, as `#rrggbb`."""
        return _hex(self.lightness, self.chroma, self.hue)


def normal_hex(colour: str) -> str | None:
    """`#rrggbb` of a hex colour with three or six digits; None for what is none."""
    found = _HEX.fullmatch(colour.strip())
    if found is None:
        return None
    digits = found[1].lower()
    return f"#{digits if len(digits) == 6 else ''.join(digit * 2 for digit in digits)}"


def contrast(first: str, second: str) -> float:
    """From 1 (the same) to 21 (black and white), of two hex colours."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lowest(colour: str, others: Iterable[str]) -> float:
    """The least of the contrasts to each of the others."""
    return min(contrast(colour, other) for other in others)


def difference(first: str, second: str) -> float:
    """How unlike two hex colours look: the distance in OKLab; about 0.02 can just be told apart."""
    one, other = Oklch.of(first), Oklch.of(second)
    turn = math.radians(one.hue - other.hue)
    across = one.chroma**2 + other.chroma**2 - 2 * one.chroma * other.chroma * math.cos(turn)
    return math.hypot(one.lightness - other.lightness, math.sqrt(max(across, 0.0)))


def readable(colour: Oklch, on: Iterable[str], ratio: float, *, darker: bool) -> Oklch:
    """The colour, made only as much darker (or lighter) as the contrast to all of `on` asks for.

    Where black or white itself falls short of the ratio, it is what comes out.
    """
    surfaces = tuple(on)
    if lowest(colour.hex(), surfaces) >= ratio:
        return colour
    end = 0.0 if darker else 1.0

    def moved(share: float) -> Oklch:
        lightness = colour.lightness + (end - colour.lightness) * share
        return warmed(colour, lightness) if darker else colour.at(lightness)

    return moved(_least(lambda share: lowest(moved(share).hex(), surfaces) >= ratio))


def warmed(colour: Oklch, lightness: float) -> Oklch:
    """The colour at a lower lightness. Yellow turns to amber on the way: darkened alone it looks dirty."""
    hue = colour.hue
    if 70 < hue < 115 and not colour.grey:
        fall = max(min((colour.lightness - lightness) / 0.35, 1.0), 0.0)
        hue -= (hue - 58) * 0.75 * fall
    return Oklch(lightness, colour.chroma, hue)


def ink_on(surface: str, tint: Oklch, ratio: float) -> str:
    """Nearly white or nearly black for text on the surface, white if both will do; pure where it must be."""
    for ink in (tint.at(0.99, min(tint.chroma, 0.006)), tint.at(0.2, min(tint.chroma, 0.03))):
        if contrast(ink.hex(), surface) >= ratio:
            return ink.hex()
    return max("#ffffff", "#000000", key=lambda pure: contrast(pure, surface))


def _least(holds: Callable[[float], bool]) -> float:
    """The least share from 0 to 1 for which it holds, given that it goes on holding above; else 1."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


@lru_cache(maxsize=4_096)
def _seen_as(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


@lru_cache(maxsize=4_096)
def _hex(lightness: float, chroma: float, hue: float) -> str:
    if lightness <= _EXTREME or lightness >= 1 - _EXTREME:
        return "#000000" if lightness < 0.5 else "#ffffff"
    if not _shown(_rgb(lightness, chroma, hue)):
        chroma *= 1 - _least(lambda less: _shown(_rgb(lightness, chroma * (1 - less), hue)))
    bytes_ = (round(255 * _gamma(min(max(channel, 0.0), 1.0))) for channel in _rgb(lightness, chroma, hue))
    return "#" + "".join(f"{byte:02x}" for byte in bytes_)


def _rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Linear light, beyond 0 to 1 where no screen can show it."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _shown(rgb: tuple[float, float, float]) -> bool:
    slack = 0.0001
    return all(-slack <= channel <= 1 + slack for channel in rgb)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=4_096)
def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
