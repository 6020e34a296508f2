"""A theme as `src/theme.css`: the tokens that components and pages are written with."""

from collections.abc import Iterator, Mapping

from orchestrator.domain.theme.brief import Theme
from orchestrator.domain.theme.fonts import PAIRS
from orchestrator.domain.theme.style import DENSITIES, RADII, shadows

THEME_FILE = "src/theme.css"


def style_sheet(theme: Theme) -> str:
    light = _colours(theme, dark=theme.appearance == "dark")
    dark = _colours(theme, dark=theme.appearance != "light")
    imports = [f'@import "{package}";' for package in PAIRS[theme.style.fonts].packages]
    parts = [
        *imports,
        *([""] if imports else []),
        theme.brief.stored(),
        *_rule(":root", {**light, **_shape(theme)}),
        "",
        *_rule(".dark", dark),
    ]
    return "\n".join(parts) + "\n"


def _rule(selector: str, tokens: Mapping[str, str]) -> Iterator[str]:
    yield f"{selector} {{"
    yield from (f"  --{name}: {value};" for name, value in tokens.items())
    yield "}"


def _colours(theme: Theme, *, dark: bool) -> dict[str, str]:
    tokens = theme.palette.dark() if dark else theme.palette.light()
    return tokens | shadows(theme.style.shadow, tokens, dark=dark)


def _shape(theme: Theme) -> dict[str, str]:
    style, pair = theme.style, PAIRS[theme.style.fonts]
    return {
        "appearance": theme.appearance,
        "radius": f"{RADII[style.radius]:g}rem",
        "density": f"{DENSITIES[style.density]:g}",
        "font-sans": pair.text.stack,
        "font-heading": pair.heading.stack,
        "font-mono": pair.mono.stack,
        "heading-weight": str(pair.weight),
        "heading-tracking": f"{pair.tracking:g}em",
        "heading-scale": f"{pair.scale:g}",
        "motion-duration": f"{style.motion}ms",
    }
