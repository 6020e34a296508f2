"""From what is asked for to a theme, and back from a file of one to what was asked for."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_args

from orchestrator.domain.theme.colour import Oklch, normal_hex
from orchestrator.domain.theme.names import Appearance, Density, Fonts, Mood, Neutral, PresetName, Radius
from orchestrator.domain.theme.palette import Palette
from orchestrator.domain.theme.presets import DEFAULT, PRESETS
from orchestrator.domain.theme.style import Style, in_mood

_WORDS: Mapping[str, Any] = {
    "preset": PresetName, "neutral": Neutral, "radius": Radius, "density": Density, "fonts": Fonts,
    "mood": Mood, "appearance": Appearance,
}  # fmt: skip
_HUES: Mapping[Neutral, float] = {"cool": 262, "warm": 78}
_STORED = re.compile(r"/\* set_theme (\{[^*]{0,500}\}) \*/")
_MOODS_OWN = ("radius", "density", "fonts")


@dataclass(frozen=True, slots=True)
class Brief:
    """All that can be asked for; colours as hex, None: nothing was asked."""

    preset: PresetName | None = None
    primary: str | None = None
    accent: str | None = None
    neutral: Neutral | None = None
    radius: Radius | None = None
    density: Density | None = None
    fonts: Fonts | None = None
    mood: Mood | None = None
    appearance: Appearance | None = None

    @classmethod
    def stored_in(cls, sheet: str) -> "Brief":
        """What the file's own comment says; whatever people made of that."""
        found = _STORED.search(sheet)
        if found is None:
            return cls()
        try:
            stored = json.loads(found[1])
        except ValueError:
            return cls()
        names = (field.name for field in fields(cls))
        return cls(**{name: stored[name] for name in names if _valid(name, stored.get(name))})

    def stored(self) -> str:
        return f"/* set_theme {json.dumps(self.given)} */"

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    def after(self, earlier: "Brief") -> "Brief":
        """With what was asked for earlier, as far as this says nothing else.

        A preset begins anew. A mood takes the place of the corners, spacing and fonts asked for before.
        """
        if self.preset is not None:
            return self
        if self.mood is not None:
            earlier = replace(earlier, **dict.fromkeys(_MOODS_OWN))
        return replace(earlier, **self.given)  # type: ignore[arg-type]  # each is of its own field's type


@dataclass(frozen=True, slots=True)
class Theme:
    """A brief with everything decided."""

    brief: Brief
    palette: Palette
    style: Style
    appearance: Appearance


def theme_of(brief: Brief) -> Theme:
    preset = PRESETS[brief.preset or DEFAULT]
    style = in_mood(preset.style, brief.mood)
    own = {name: value for name in _MOODS_OWN if (value := getattr(brief, name)) is not None}
    style = replace(style, **own)
    primary = Oklch.of(brief.primary or preset.primary)
    neutral = brief.neutral or preset.neutral
    hue = _HUES.get(neutral, primary.hue)
    grey = neutral == "grey" or (neutral == "tinted" and primary.grey)
    if style.tones.tint == 0 and brief.neutral not in {None, "grey"}:
        style = replace(style, tones=replace(style.tones, tint=0.01))
    palette = Palette(primary, _second(brief, primary), Oklch(0.5, 0.0 if grey else 0.01, hue), style.tones)
    return Theme(brief, palette, style, brief.appearance or preset.appearance)


def _second(brief: Brief, primary: Oklch) -> Oklch:
    """The second colour; with a primary of the brief it keeps the distance of hues that the preset has."""
    if brief.accent is not None:
        return Oklch.of(brief.accent)
    preset = PRESETS[brief.preset or DEFAULT]
    second = Oklch.of(preset.second)
    if brief.primary is None or primary.grey:
        return second
    between = second.hue - Oklch.of(preset.primary).hue
    return replace(second, hue=(primary.hue + between) % 360)


def _valid(name: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return value in get_args(_WORDS[name]) if name in _WORDS else normal_hex(value) == value
