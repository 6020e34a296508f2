"""The words in which a theme is asked for."""

from typing import Literal

PresetName = Literal[
    "daylight", "paper", "midnight", "meadow", "candy", "bakery", "ledger", "gallery", "arcade", "ocean",
    "poster", "blossom",
]  # fmt: skip
Neutral = Literal["grey", "cool", "warm", "tinted"]
Radius = Literal["none", "small", "medium", "large", "round"]
Density = Literal["compact", "regular", "spacious"]
Fonts = Literal[
    "inter", "geist", "dm-sans", "space-grotesk", "bricolage", "fraunces", "playfair", "jetbrains-mono",
    "system",
]  # fmt: skip
Mood = Literal["calm", "playful", "serious", "elegant", "bold", "technical"]
Appearance = Literal["auto", "light", "dark"]
