"""Reads what a prompt says of a board: its name and its columns."""

import re
from collections.abc import Mapping, Sequence

from dev.simulator.blueprint import source, words
from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.sketch import Edit, Sketch
from dev.simulator.blueprint.template import js_string, jsx_text

_COLUMNS = ("To do", "Doing", "Done")
_PARTS = ("Board", "BoardColumn", "BoardCard", "PageHeader", "TextField", "ConfirmDialog")
_MOST = 7
_COLOURS = (5, 4, 1, 3, 2)
_POSITIONS = {"ideas": 0.0, "todo": 0.24, "doing": 0.6, "done": 1.0}
"""How far along the board each of the template's columns is."""
_STAGES = re.compile(r"(STAGES: readonly Stage\[\] = \[\n).*?(^\];)", re.DOTALL | re.MULTILINE)
_STAGE = re.compile(r'(card\("[^"]*", )"([\w-]+)"')


def sketch(request: str) -> Sketch:
    title = reading.name_of(request) or "Board"
    columns = reading.listed_after(request, "columns?|lists|stages?|status|lanes")[:_MOST] or _COLUMNS
    return Sketch(
        kind="board",
        title=title,
        does=f"cards with notes and a day, which you drag between {', '.join(columns)}",
        holes={
            "name_js": js_string(title),
            "heading": jsx_text(title),
            "stages_js": reading.as_js(columns),
        },
        parts=_PARTS,
        purposes={
            "src/data/cards.ts": "What a card is, and the columns",
            "src/components/Board.tsx": "Columns of cards that can be dragged, with mouse, finger and keys",
        },
        edits={"board": _edits(title, columns)},
    )


def _edits(title: str, columns: Sequence[str]) -> Mapping[str, Edit]:
    """Of the template for boards: its name, its columns, and where its examples stand."""
    page = "src/pages/Board.tsx"
    return {
        page: lambda lines: source.with_heading(lines, title, page),
        "src/data/board.ts": lambda lines: _with_columns(lines, columns),
        "src/data/samples.ts": lambda lines: _with_examples(lines, columns),
    }


def _with_columns(lines: list[str], columns: Sequence[str]) -> list[str]:
    made = ""
    for index, title in enumerate(columns):
        colour = f"bg-chart-{_COLOURS[index % len(_COLOURS)]}"
        done = ", done: true" if index == len(columns) - 1 else ""
        made += f'  {{ id: "{_id(columns, index)}", title: {js_string(title)}, colour: "{colour}"{done} }},\n'
    return _STAGES.sub(lambda found: f"{found[1]}{made}{found[2]}", "\n".join(lines), count=1).split("\n")


def _with_examples(lines: list[str], columns: Sequence[str]) -> list[str]:
    """The template's own cards, from its four columns to those there are."""
    there = {old: _id(columns, round(at * (len(columns) - 1))) for old, at in _POSITIONS.items()}
    return [_STAGE.sub(lambda found: f'{found[1]}"{there.get(found[2], found[2])}"', line) for line in lines]


def _id(columns: Sequence[str], index: int) -> str:
    """Unlike those of the others, whatever signs tell their names apart."""
    ids = [words.kebab(title) for title in columns]
    return ids[index] if ids.count(ids[index]) == 1 else f"{ids[index]}-{index + 1}"
