"""Reads what a prompt says of a habit tracker: its name, and habits to begin with."""

from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.sketch import Sketch
from dev.simulator.blueprint.template import js_string, jsx_text

_IDEAS = ("Read ten pages", "Walk for half an hour", "Drink a glass of water", "Stretch in the morning")
_MOST = 6


def sketch(request: str) -> Sketch:
    title = reading.name_of(request) or "Habits"
    ideas = reading.listed_after(request, "habits?|such as|like")[:_MOST] or _IDEAS
    return Sketch(
        kind="habits",
        title=title,
        does="habits that you tick for each of the last seven days, their streaks, and charts of what they "
        "add up to",
        holes={
            "name_js": js_string(title),
            "heading": jsx_text("Today"),
            "ideas_js": reading.as_js(ideas),
            "example": "Read ten pages",
        },
        parts=("PageHeader", "TextField", "ConfirmDialog"),
        purposes={
            "src/data/habits.ts": "Habits, the days on which they were done, and their streaks",
            "src/pages/Home.tsx": "Today: every habit with its last seven days",
            "src/pages/Charts.tsx": "Bars by day, and how much of each habit was done",
        },
    )
