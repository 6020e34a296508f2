"""What a theme is beside its colours: corners, spacing, shadows, motion; and what a mood makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from orchestrator.domain.theme.names import Density, Fonts, Mood, Radius
from orchestrator.domain.theme.palette import Tones

Shadow = Literal["none", "soft", "lifted", "hard"]

RADII: Mapping[Radius, float] = {"none": 0, "small": 0.3, "medium": 0.625, "large": 0.9, "round": 1.4}
"""In rem."""
DENSITIES: Mapping[Density, float] = {"compact": 0.875, "regular": 1, "spacious": 1.125}
_DEPTHS: Mapping[Shadow, tuple[str, str, str]] = {
    "none": ("0 0 #0000", "0 0 #0000", "0 0 0 1px {soft}"),  # in a list of shadows no `none` may stand
    "soft": ("0 1px 2px {soft}", "0 2px 8px {soft}", "0 8px 28px {deep}"),
    "lifted": ("0 2px 4px {soft}", "0 6px 16px {deep}", "0 18px 44px {deep}"),
    "hard": ("2px 2px 0 {edge}", "4px 4px 0 {edge}", "7px 7px 0 {edge}"),
}
_SIZES = ("sm", "md", "lg")


@dataclass(frozen=True, slots=True)
class Style:
    """`motion` is how long a change of colour or place takes, in milliseconds."""

    tones: Tones = field(default_factory=Tones)
    fonts: Fonts = "inter"
    radius: Radius = "medium"
    density: Density = "regular"
    shadow: Shadow = "soft"
    motion: int = 160


_MOODS: Mapping[Mood, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "calm": ({"radius": "large", "shadow": "soft", "motion": 220}, {"vivid": 0.8, "sidebar": "plain"}),
    "playful": (
        {"fonts": "bricolage", "radius": "round", "shadow": "lifted", "motion": 240},
        {"vivid": 2.2, "tint": 0.016, "sidebar": "soft"},
    ),
    "serious": (
        {"fonts": "geist", "radius": "small", "shadow": "soft", "motion": 120},
        {"vivid": 0.6, "tint": 0.005},
    ),
    "elegant": (
        {"fonts": "playfair", "radius": "none", "density": "spacious", "shadow": "none", "motion": 260},
        {"vivid": 0.7, "sidebar": "plain"},
    ),
    "bold": (
        {"fonts": "space-grotesk", "radius": "small", "shadow": "hard", "motion": 120},
        {"vivid": 2.5, "outlined": True},
    ),
    "technical": (
        {"fonts": "jetbrains-mono", "radius": "small", "density": "compact", "shadow": "none", "motion": 100},
        {"vivid": 0.7},
    ),
}
"""What each changes in a style, and in its tones."""


def in_mood(style: Style, mood: Mood | None) -> Style:
    """The style as the mood makes it; the lightness of its page stays."""
    if mood is None:
        return style
    changes, tones = _MOODS[mood]
    return replace(style, **changes, tones=replace(style.tones, **tones))


def shadows(kind: Shadow, tokens: Mapping[str, str], *, dark: bool) -> dict[str, str]:
    """The shadows by token, for the colours of a scheme."""
    ink = tokens["foreground"]
    shade = "#000000" if dark else ink
    colours = {
        "soft": f"{shade}{'59' if dark else '17'}",
        "deep": f"{shade}{'80' if dark else '24'}",
        "edge": tokens["input"] if dark else ink,
    }
    depths = zip(_SIZES, _DEPTHS[kind], strict=True)
    return {f"shadow-{size}": depth.format(**colours) for size, depth in depths}
