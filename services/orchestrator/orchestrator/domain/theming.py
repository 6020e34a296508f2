"""The tool by which an app gets its look."""

from collections.abc import Iterator

from common.errors import AppError
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.arguments import SetTheme
from orchestrator.domain.paths import check_unlocked
from orchestrator.domain.text import revision
from orchestrator.domain.theme.brief import Brief, Theme, theme_of
from orchestrator.domain.theme.palette import EDGE_PAIRS, TEXT_PAIRS, weakest
from orchestrator.domain.theme.sheet import THEME_FILE, style_sheet

_NO_FILE = (
    f"This app has no {THEME_FILE}: its colours are the variables of :root in src/index.css, for light and "
    "for dark. Change them there with line_replace; text needs a contrast of 4.5, edges of controls 3."
)
_NOTHING_ASKED = (
    "Nothing was asked for, so nothing was done: give a preset, a primary colour, or what is to be another."
)
_SAME = "The theme is so already: nothing was changed. Give what shall be another."
_SHOWN = ("background", "card", "foreground", "primary", "secondary", "accent", "muted-foreground", "border")


def set_theme(args: SetTheme, current: bytes | None, locked: tuple[str, ...]) -> ToolOutcome:
    """The outcome of the call; `current` is the content of the theme's file, None: there is none."""
    if current is None:
        return _refused(_NO_FILE)
    try:
        check_unlocked(THEME_FILE, locked)
    except AppError as error:
        return _refused(error.message)
    asked = Brief(**args.model_dump())
    if not asked.given:
        return _refused(_NOTHING_ASKED)
    theme = theme_of(asked.after(Brief.stored_in(current.decode("utf-8", "replace"))))
    content = style_sheet(theme).encode()
    if content == current:
        return _refused(_SAME)
    text = "\n".join([f"ok rev:{revision(content)}", *_chosen(theme)])
    return ToolOutcome(text, path=THEME_FILE, files={THEME_FILE: content})


def _refused(why: str) -> ToolOutcome:
    return ToolOutcome(why, is_error=True, path=THEME_FILE)


def _chosen(theme: Theme) -> Iterator[str]:
    style, given = theme.style, theme.brief.given
    yield f"Asked for until now: {', '.join(f'{name} {value}' for name, value in given.items())}."
    yield (
        f"Fonts {style.fonts}, corners {style.radius}, spacing {style.density}, shadows {style.shadow}, "
        f"changes take {style.motion} ms, appearance {theme.appearance}."
    )
    for scheme, tokens in (("light", theme.palette.light()), ("dark", theme.palette.dark())):
        if theme.appearance not in {"auto", scheme}:
            continue
        yield f"{scheme}: {', '.join(f'{name} {tokens[name]}' for name in _SHOWN)}."
        text, edge = weakest(tokens, TEXT_PAIRS), weakest(tokens, EDGE_PAIRS)
        yield (
            f"{scheme}: least contrast of text {text[0]:.1f} ({text[1]} on {text[2]}), of edges and charts "
            f"{edge[0]:.1f} ({edge[1]} on {edge[2]})."
        )
        asked, became = theme.brief.primary, tokens["primary"]
        if asked not in {None, became}:
            yield f"{scheme}: primary {asked} became {became}, so that it can be read."
