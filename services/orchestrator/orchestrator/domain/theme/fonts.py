"""Pairs of fonts for headings and text, of packages that the template has."""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.domain.theme.names import Fonts

_SANS = "ui-sans-serif, system-ui, sans-serif"
_SERIF = "ui-serif, Georgia, serif"
_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


@dataclass(frozen=True, slots=True)
class Family:
    """A typeface; `package` is what a style sheet imports it from, None where every device has one."""

    stack: str
    package: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Headings' weight and tracking (in em) go with their typeface; `scale` is a factor of their size."""

    heading: Family
    text: Family
    weight: int
    tracking: float
    scale: float = 1.0
    mono: Family = Family(_MONO)

    @property
    def packages(self) -> tuple[str, ...]:
        found = (family.package for family in (self.text, self.heading, self.mono))
        return tuple(dict.fromkeys(package for package in found if package is not None))


def _family(name: str, package: str, rest: str = _SANS) -> Family:
    return Family(f'"{name} Variable", {rest}', f"@fontsource-variable/{package}")


_SYSTEM = Family(_SANS)
_INTER = _family("Inter", "inter")
_GEIST = _family("Geist", "geist")
_DM = _family("DM Sans", "dm-sans")
_JETBRAINS = _family("JetBrains Mono", "jetbrains-mono", _MONO)

PAIRS: Mapping[Fonts, Pair] = {
    "inter": Pair(_INTER, _INTER, 600, -0.02),
    "geist": Pair(_GEIST, _GEIST, 600, -0.025),
    "dm-sans": Pair(_DM, _DM, 700, -0.02),
    "space-grotesk": Pair(_family("Space Grotesk", "space-grotesk"), _INTER, 600, -0.03),
    "bricolage": Pair(_family("Bricolage Grotesque", "bricolage-grotesque"), _DM, 800, -0.03, 1.1),
    "fraunces": Pair(_family("Fraunces", "fraunces", _SERIF), _INTER, 600, -0.015, 1.1),
    "playfair": Pair(_family("Playfair Display", "playfair-display", _SERIF), _DM, 500, -0.01, 1.2),
    "jetbrains-mono": Pair(_JETBRAINS, _INTER, 700, -0.04, 0.95, _JETBRAINS),
    "system": Pair(_SYSTEM, _SYSTEM, 600, -0.02),
}
