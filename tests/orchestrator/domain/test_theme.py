"""Themes from a few colours and words: readable whatever the colours are, and unlike each other."""

import re
from itertools import combinations
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain.theme.brief import Brief, Theme, theme_of
from orchestrator.domain.theme.colour import Oklch, contrast, difference, normal_hex
from orchestrator.domain.theme.fonts import PAIRS
from orchestrator.domain.theme.names import Appearance, Density, Fonts, Mood, Neutral, PresetName, Radius
from orchestrator.domain.theme.palette import APART, EDGE, EDGE_PAIRS, TEXT, TEXT_PAIRS
from orchestrator.domain.theme.presets import PRESETS
from orchestrator.domain.theme.sheet import style_sheet
from orchestrator.domain.theme.style import DENSITIES, RADII

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


BRIEFS = st.builds(
    Brief,
    preset=maybe(st.sampled_from(get_args(PresetName))),
    primary=maybe(COLOURS),
    accent=maybe(COLOURS),
    neutral=maybe(st.sampled_from(get_args(Neutral))),
    radius=maybe(st.sampled_from(get_args(Radius))),
    density=maybe(st.sampled_from(get_args(Density))),
    fonts=maybe(st.sampled_from(get_args(Fonts))),
    mood=maybe(st.sampled_from(get_args(Mood))),
    appearance=maybe(st.sampled_from(get_args(Appearance))),
)


def problems(tokens: dict[str, str]) -> list[str]:
    """Where the tokens fall short of what people need to read them."""
    charts = [tokens[f"chart-{number}"] for number in range(1, 6)]
    return [
        *(f"{one} on {on}" for one, on in TEXT_PAIRS if contrast(tokens[one], tokens[on]) < TEXT),
        *(f"{one} on {on}" for one, on in EDGE_PAIRS if contrast(tokens[one], tokens[on]) < EDGE),
        *(
            f"{one} beside {other}"
            for one, other in combinations(charts, 2)
            if difference(one, other) < APART
        ),
    ]


def shown(theme: Theme) -> dict[str, str]:
    return theme.palette.dark() if theme.appearance == "dark" else theme.palette.light()


def both(brief: Brief) -> list[dict[str, str]]:
    palette = theme_of(brief).palette
    return [palette.light(), palette.dark()]


@pytest.mark.parametrize("red", range(0, 256, 32))
def test_every_primary_of_a_grid_can_be_read_in_the_light_and_in_the_dark(red: int) -> None:
    presets, steps = sorted(PRESETS), (0, 36, 73, 109, 146, 182, 219, 255)
    colours = [f"#{red:02x}{green:02x}{blue:02x}" for green in steps for blue in steps]
    for number, colour in enumerate(colours):
        preset = presets[(number + red) % len(presets)]
        for tokens in both(Brief(preset=preset, primary=colour)):
            assert problems(tokens) == [], (preset, colour)


@given(BRIEFS)
@settings(max_examples=80, deadline=None)
def test_every_brief_gives_a_theme_that_can_be_read_and_that_tells_what_was_asked(brief: Brief) -> None:
    assert [problems(tokens) for tokens in both(brief)] == [[], []]
    assert Brief.stored_in(style_sheet(theme_of(brief))) == brief


@given(COLOURS)
@settings(max_examples=300, deadline=None)
def test_a_colour_survives_its_way_to_oklch_and_back(colour: str) -> None:
    assert Oklch.of(colour).hex() == colour


@given(st.floats(0.1, 1), st.floats(0, 0.5), st.floats(0, 360))
@settings(max_examples=300, deadline=None)
def test_what_no_screen_shows_keeps_its_lightness_and_hue(light: float, chroma: float, hue: float) -> None:
    shown = Oklch.of(Oklch(light, chroma, hue).hex())
    assert abs(shown.lightness - light) < 0.012
    assert shown.chroma <= chroma + 0.02
    turn = abs((shown.hue - hue + 180) % 360 - 180)
    assert shown.chroma < 0.03 or turn < 12


def test_colours_are_compared_as_the_guidelines_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#2f5bea", "#2f5bea") == 1
    lightness, chroma, hue = 0.628, 0.2577, 29.23  # CSS Color 4 has them for red
    red = Oklch.of("#ff0000")
    assert (red.lightness, red.chroma, red.hue) == pytest.approx((lightness, chroma, hue), rel=0.001)


def test_a_brands_colour_that_can_be_read_stays_as_it_is() -> None:
    assert theme_of(Brief(primary="#1d4ed8")).palette.light()["primary"] == "#1d4ed8"
    assert theme_of(Brief(primary="#8bc4ff")).palette.dark()["primary"] == "#8bc4ff"


def test_a_bright_yellow_becomes_amber_by_day_and_stays_yellow_at_night() -> None:
    palette = theme_of(Brief(primary="#facc15")).palette
    day, night = Oklch.of(palette.light()["primary"]), palette.dark()["primary"]
    assert 45 < day.hue < 75
    assert night == "#facc15"


def test_black_is_white_at_night() -> None:
    assert Oklch.of(theme_of(Brief(primary="#111111")).palette.dark()["primary"]).lightness > 0.85


def test_presets_look_unlike_each_other() -> None:
    """By their colours of pages and buttons, or else by fonts or corners."""
    for one, other in combinations(PRESETS, 2):
        first, second = (theme_of(Brief(preset=name)) for name in (one, other))
        seen, other_seen = shown(first), shown(second)
        apart = sum(difference(seen[name], other_seen[name]) for name in ("background", "primary", "sidebar"))
        alike = (first.style.fonts, first.style.radius) == (second.style.fonts, second.style.radius)
        assert apart > (0.15 if alike else 0.08), (one, other, apart)


def test_a_second_colour_goes_with_the_brands_as_the_presets_does() -> None:
    preset = PRESETS["ocean"]
    between = Oklch.of(preset.second).hue - Oklch.of(preset.primary).hue
    palette = theme_of(Brief(preset="ocean", primary="#7a1fa2")).palette
    assert (palette.second.hue - palette.primary.hue - between) % 360 == pytest.approx(0, abs=0.01)


def test_a_mood_changes_the_preset_and_what_is_said_stands_above_both() -> None:
    ledger, playful = theme_of(Brief(preset="ledger")), theme_of(Brief(preset="ledger", mood="playful"))
    assert (ledger.style.radius, playful.style.radius) == ("small", "round")
    assert playful.palette.tones.paper == ledger.palette.tones.paper
    assert theme_of(Brief(preset="ledger", mood="playful", radius="none")).style.radius == "none"


def test_greys_have_the_hue_that_is_asked_for() -> None:
    def page(brief: Brief) -> Oklch:
        return Oklch.of(theme_of(brief).palette.light()["background"])

    assert page(Brief(preset="bakery", neutral="grey")).chroma < 0.002
    assert 240 < page(Brief(preset="bakery", neutral="cool")).hue < 290
    assert 50 < page(Brief(preset="gallery", neutral="warm")).hue < 110
    tinted = page(Brief(preset="candy", primary="#0b7285"))
    assert tinted.hue == pytest.approx(Oklch.of("#0b7285").hue, abs=12)


def test_a_later_wish_changes_only_what_it_says() -> None:
    earlier = Brief(preset="paper", primary="#1d4ed8", radius="none", fonts="inter")
    assert Brief(radius="round").after(earlier) == Brief(
        preset="paper", primary="#1d4ed8", radius="round", fonts="inter"
    )
    assert Brief(mood="playful").after(earlier) == Brief(preset="paper", primary="#1d4ed8", mood="playful")
    assert Brief(preset="candy").after(earlier) == Brief(preset="candy")


@pytest.mark.parametrize(
    "sheet",
    [
        "",
        ":root {}",
        "/* set_theme {broken} */",
        '/* set_theme {"preset": "none such", "primary": "red", "radius": 4, "mood": ["calm"]} */',
        '/* set_theme {"primary": "#FFF", "more": "#ffffff"} */',
    ],
)
def test_what_people_made_of_the_files_comment_does_no_harm(sheet: str) -> None:
    assert Brief.stored_in(sheet) == Brief()


def test_a_sheet_has_every_token_for_both_schemes() -> None:
    sheet = style_sheet(theme_of(Brief(preset="paper")))
    imports = [f'@import "@fontsource-variable/{name}";' for name in ("inter", "fraunces")]
    assert sheet.splitlines()[:2] == imports
    root, dark = (set(re.findall(r"^  --([\w-]+):", part, re.MULTILINE)) for part in sheet.split(".dark {"))
    assert {one for pair in (*TEXT_PAIRS, *EDGE_PAIRS) for one in pair} | {"border", "shadow-md"} <= dark
    assert root - dark == {
        "appearance", "radius", "density", "font-sans", "font-heading", "font-mono", "heading-weight",
        "heading-tracking", "heading-scale", "motion-duration",
    }  # fmt: skip
    assert dark < root


@pytest.mark.parametrize(("appearance", "lightness"), [("light", 0.9), ("dark", 0.3)])
def test_an_app_can_be_light_or_dark_for_everybody(appearance: Appearance, lightness: float) -> None:
    sheet = style_sheet(theme_of(Brief(appearance=appearance)))
    pages = [Oklch.of(page) for page in re.findall(r"--background: (#\w{6});", sheet)]
    assert len(pages) == 2
    assert all((page.lightness > lightness) == (appearance == "light") for page in pages)


@pytest.mark.parametrize(
    ("written", "read"), [("#2F5BEA", "#2f5bea"), ("fc1", "#ffcc11"), (" #abc ", "#aabbcc")]
)
def test_colours_are_taken_as_people_write_them(written: str, read: str) -> None:
    assert normal_hex(written) == read


@pytest.mark.parametrize("written", ["", "red", "#12", "#12345", "#1234567", "url(#a)", "#ggg", "#fff;}"])
def test_what_is_no_hex_colour_is_none(written: str) -> None:
    assert normal_hex(written) is None


def test_every_word_has_its_meaning() -> None:
    for words, table in ((PresetName, PRESETS), (Fonts, PAIRS), (Radius, RADII), (Density, DENSITIES)):
        assert set(get_args(words)) == set(table)
    plain = theme_of(Brief()).style
    assert all(theme_of(Brief(mood=mood)).style != plain for mood in get_args(Mood))
