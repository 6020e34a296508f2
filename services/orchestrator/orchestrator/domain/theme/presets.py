"""Looks that are ready, each for a kind of app; a brief's own colours and wishes stand above them."""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.domain.theme.names import Appearance, Neutral, PresetName
from orchestrator.domain.theme.palette import Tones
from orchestrator.domain.theme.style import Style


@dataclass(frozen=True, slots=True)
class Preset:
    """`look` and `suits` tell people and models what it is and for whom."""

    look: str
    suits: str
    primary: str
    second: str
    neutral: Neutral
    style: Style
    appearance: Appearance = "auto"


DEFAULT: PresetName = "daylight"

PRESETS: Mapping[PresetName, Preset] = {
    "daylight": Preset(
        "clear white and blue", "tools, teams, business",
        "#2f5bea", "#0d9488", "cool",
        Style(Tones(paper=0.985, tint=0.006), "inter", "medium"),
    ),
    "paper": Preset(
        "warm paper, ink and brick red, serif headings", "reading, writing, notes, journals",
        "#9f3a26", "#4c6350", "warm",
        Style(
            Tones(paper=0.963, night=0.2, tint=0.016, vivid=0.9, sidebar="plain"),
            "fraunces", "small", shadow="none", motion=200,
        ),
    ),
    "midnight": Preset(
        "always dark, violet and cyan light", "music, film, monitoring, night",
        "#8b7bff", "#22c7e6", "cool",
        Style(
            Tones(night=0.165, tint=0.022, vivid=1.6), "space-grotesk", "large",
            shadow="lifted", motion=180,
        ),
        "dark",
    ),
    "meadow": Preset(
        "leaf green and honey, soft corners", "health, food, gardens, sustainability",
        "#2c7a4b", "#c98a0c", "tinted",
        Style(Tones(paper=0.972, night=0.19, tint=0.014, vivid=1.6), "dm-sans", "large"),
    ),
    "candy": Preset(
        "pink and violet, round and bouncy", "children, parties, habits, games",
        "#d41f78", "#7445f0", "tinted",
        Style(
            Tones(paper=0.975, night=0.2, tint=0.018, vivid=2.4), "bricolage", "round",
            shadow="lifted", motion=240,
        ),
    ),
    "bakery": Preset(
        "cream, caramel and berry, classic serif", "restaurants, cafés, crafts, shops",
        "#ad5416", "#8c2f45", "warm",
        Style(
            Tones(paper=0.968, night=0.205, tint=0.024, vivid=1.5), "playfair", "medium", "spacious",
            motion=200,
        ),
    ),
    "ledger": Preset(
        "compact and sober, navy with a dark side", "finance, administration, CRM, much data",
        "#1f4f80", "#0f766e", "cool",
        Style(
            Tones(paper=0.972, night=0.185, tint=0.009, vivid=0.8, sidebar="dark"), "geist", "small",
            "compact", motion=120,
        ),
    ),
    "gallery": Preset(
        "black and white, square, wide space", "portfolios, fashion, photography, architecture",
        "#161616", "#a8662a", "grey",
        Style(
            Tones(paper=1.0, night=0.14, tint=0.0, vivid=0.5, sidebar="plain"), "geist", "none", "spacious",
            shadow="none", motion=260,
        ),
    ),
    "arcade": Preset(
        "always dark, neon lime and pink, pixels' corners", "quizzes, scores, events, developers",
        "#b4f03c", "#ff4fa3", "tinted",
        Style(
            Tones(night=0.17, tint=0.02, vivid=1.8, outlined=False), "jetbrains-mono", "none",
            shadow="hard", motion=90,
        ),
        "dark",
    ),
    "ocean": Preset(
        "deep teal and coral, a coloured side", "travel, booking, wellness, sports",
        "#0b7285", "#e8604c", "cool",
        Style(Tones(paper=0.978, night=0.195, tint=0.012, vivid=1.7, sidebar="primary"), "dm-sans", "large"),
    ),
    "poster": Preset(
        "loud print: red, blue and black edges on straw", "events, campaigns, clubs, voting",
        "#d3271b", "#2447d8", "warm",
        Style(
            Tones(paper=0.955, night=0.18, tint=0.03, vivid=3.0, outlined=True), "space-grotesk", "none",
            shadow="hard", motion=100,
        ),
    ),
    "blossom": Preset(
        "plum and sage, soft and fine", "beauty, weddings, family, recipes",
        "#944869", "#5f7a58", "tinted",
        Style(
            Tones(paper=0.985, night=0.2, tint=0.006, vivid=1.5, sidebar="plain"), "fraunces", "round",
            "spacious", motion=220,
        ),
    ),
}  # fmt: skip
