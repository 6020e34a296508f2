"""What a kind makes of a prompt, and the files that come of it."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dev.simulator.blueprint.template import filled, template_of

Edit = Callable[[list[str]], list[str]]
"""A file's lines, changed."""

_FOLDER = Path(__file__).parent
_ENDING = ".tmpl"


@dataclass(frozen=True)
class Sketch:
    """`does` and `left_out` are for people: what the app can do, and what of the wish it cannot.

    `parts`: the shared components that it takes. `without`: files of its folder that it goes without.
    `look`: of its theme, where the words do not wish another. `edits`: by template that is such an app
    already, what is changed of its files, by path.
    """

    kind: str
    title: str
    does: str
    holes: Mapping[str, str]
    parts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    purposes: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    look: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Mapping[str, Edit]] = field(default_factory=dict)

    def files(self, template: str = "") -> dict[str, str]:
        """The app's own files by path, in the order in which they are written.

        Those in the folders `<kind>.<template>` and `shared.<template>` are for apps that are made from that
        template; where such an app is only edited, there are none.
        """
        if template in self.edits:
            return {}
        shared = {path: text for path, text in _templates("shared").items() if Path(path).stem in self.parts}
        made = _templates(f"shared.{template}") | _templates(f"{self.kind}.{template}")
        templates = _templates(self.kind) | shared | made
        paths = sorted(templates.keys() - set(self.without), key=_order)
        return {path: filled(templates[path], self.holes) for path in paths}


@cache
def _templates(kind: str) -> dict[str, string.Template]:
    folder = _FOLDER / kind
    return {
        path.relative_to(folder).as_posix().removesuffix(_ENDING): template_of(path.read_text("utf-8"))
        for path in folder.rglob(f"*{_ENDING}")
    }


def _order(path: str) -> tuple[int, str]:
    """Tables, data, components, pages, and what joins them last."""
    steps = ("supabase/", "src/data/", "src/components/", "src/pages/")
    found = [number for number, start in enumerate(steps) if path.startswith(start)]
    return (found[0] if found else len(steps)), path
