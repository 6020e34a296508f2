"""Reads what a prompt says of a board: its name and its columns."""

from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.sketch import Sketch
from dev.simulator.blueprint.template import js_string, jsx_text

_COLUMNS = ("To do", "Doing", "Done")
_PARTS = ("Board", "BoardColumn", "BoardCard", "PageHeader", "TextField", "ConfirmDialog")
_MOST = 7


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
    )
