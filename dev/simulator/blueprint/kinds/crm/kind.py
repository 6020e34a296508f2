"""Reads what a prompt says of a CRM: its name, its stages, its currency."""

from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.sketch import Sketch
from dev.simulator.blueprint.template import js_string, jsx_text

_STAGES = ("Lead", "Contacted", "Offer", "Won", "Lost")
_PARTS = ("Board", "BoardColumn", "BoardCard", "PageHeader", "TextField", "ConfirmDialog")
_MOST = 7


def sketch(request: str) -> Sketch:
    title = reading.name_of(request) or "Pipeline"
    stages = (
        reading.listed_after(request, "stages?|status|phases?|steps|columns?|pipeline")[:_MOST] or _STAGES
    )
    return Sketch(
        kind="crm",
        title=title,
        does=f"deals that you drag through {len(stages)} stages ({', '.join(stages)}), companies, and the "
        "contacts and deals of each",
        holes={
            "name_js": js_string(title),
            "heading": jsx_text("Pipeline"),
            "stages_js": reading.as_js(stages),
            "currency": reading.currency_of(request),
        },
        parts=_PARTS,
        purposes={
            "src/data/crm.ts": "Companies, contacts and deals, and how they belong together",
            "src/components/Board.tsx": "Columns of cards that can be dragged, with mouse, finger and keys",
            "src/pages/Home.tsx": "The pipeline: deals by stage, with what each stage is worth",
            "src/pages/Company.tsx": "One company with its contacts and deals",
        },
    )
