"""A plan: what to read, how the files shall look then, and what to tell the user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Originals = Mapping[str, list[str]]

APP = "src/App.tsx"
HOME = "src/pages/Home.tsx"
ROUTES = "src/routes.tsx"
THEME = "src/theme.css"
TEMPLATE_FILES = frozenset(
    {
        APP,
        HOME,
        ROUTES,
        THEME,
        "src/index.css",
        "src/pages/NotFound.tsx",
        "src/components/ErrorBoundary.tsx",
        "src/components/StorageNotice.tsx",
        "src/components/mode-toggle.tsx",
        "src/components/theme-provider.tsx",
        "src/lib/collection.ts",
        "src/lib/database.types.ts",
        "src/lib/env.ts",
        "src/lib/supabase.ts",
        "src/lib/utils.ts",
        "src/main.tsx",
        "src/vite-env.d.ts",
    }
)
TEMPLATE_FOLDERS = (
    "src/auth/",
    "src/board/",
    "src/components/ui/",
    "src/core/",
    "src/database/",
    "src/frame/",
    "src/hooks/",
    "src/integrations/",
    "src/routing/",
    "src/site/",
    "src/texts/",
)


SAMPLES: Mapping[str, str] = {"site": "src/content/home.ts"}
"""By template with sample pages, one of the files that an app of its own has no longer."""


@dataclass(frozen=True)
class Starter:
    """A template whose pages are an app already: `file` has its name, `left` are samples."""

    file: str
    does: str
    left: str


STARTERS: Mapping[str, Starter] = {
    "app": Starter(APP, "a dashboard, a list of people with a page for each, and settings", "people"),
    "board": Starter(APP, "columns of cards that are dragged", "columns and cards"),
    "game": Starter(APP, "a game of catching sparks, with sound and best scores", "rules"),
    "store": Starter("src/shop.ts", "a catalogue, a cart and a checkout", "products, prices and words"),
}


class CannotDoError(Exception):
    """The files are not as the plan's rules know them; the message is for the user."""


@dataclass(frozen=True)
class Plan:
    """`files` gives the wanted text of every file it can tell from what was read so far.

    `theme`: what `set_theme` is called with first; empty: the look stays. `packages` are added before any
    file is written.
    `choices`: what could be built instead of what cannot; a new app is never answered with words alone.
    """

    intro: str
    needs: tuple[str, ...]
    files: Callable[[Originals], dict[str, list[str]]]
    summary: str
    purposes: Mapping[str, str]
    theme: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    replaces: bool = False
    """Whether all pages of the template's go: what they are made of is deleted, unless it is written anew."""


def answer_only(summary: str) -> Plan:
    return Plan(summary, (), lambda _: {}, summary, {})


def answer(listing: tuple[str, ...]) -> str:
    """What can be said about any app from the names of its files."""
    names = (
        path.rpartition("/")[2].removesuffix(".tsx") for path in listing if path.startswith("src/pages/")
    )
    pages = ", ".join(name for name in names if name != "NotFound")
    return (
        f"I am the model simulator, so I know no more of this app than its files: its pages are {pages}. "
        "Nothing was changed."
    )


def proposal(plan: Plan) -> str:
    """A plan as text for the person who is to approve it."""
    parts = [f"- {path}: {purpose}" for path, purpose in plan.purposes.items()]
    return "\n".join([plan.intro, *parts, f"Then: {plan.summary}", "Nothing is written yet."])


def is_new(listing: tuple[str, ...], template: str, *, follows: bool) -> bool:
    """Whether the app is still its template; `follows`: there was a request before."""
    if template in STARTERS:
        return not follows
    sample = SAMPLES.get(template)
    return sample in listing if sample else not own_files(listing)


def own_files(listing: tuple[str, ...]) -> list[str]:
    """What an app added to its template's sources."""
    return [
        path
        for path in listing
        if path.startswith("src/") and path not in TEMPLATE_FILES and not path.startswith(TEMPLATE_FOLDERS)
    ]
