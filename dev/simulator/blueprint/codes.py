"""The wish for a QR code: a page that shows one, drawn by a package that the app does not have yet."""

import re
from dataclasses import replace

from dev.simulator.blueprint import source
from dev.simulator.blueprint.plan import ROUTES, Originals, Plan
from dev.simulator.blueprint.spec import page_path
from dev.simulator.blueprint.template import fill
from dev.simulator.conversation import to_lines

PACKAGE = "qrcode.react"
_TITLE = "Share"
_CODE = re.compile(
    r"(?:,?\s*\b(?:and|with|plus|add|include))*\s*(?:\b(?:an?|the)\s+)?\bqr[- ]?codes?\b"
    r"(?:\s+(?:of|for|to|that)\b[^,.]*)?",
    re.IGNORECASE,
)


def wants_code(request: str) -> bool:
    return _CODE.search(request) is not None


def without_code(request: str) -> str:
    """The other words of the wish."""
    return _CODE.sub("", request)


def only_code() -> Plan:
    """The plan of a wish for nothing else."""
    return Plan("I am the model simulator.", (), lambda _: {}, "(Model simulator.)", {})


def with_code(plan: Plan, refused: str) -> Plan:
    """The plan with a page that shows the code; `refused`: why the package cannot be had."""
    if refused:
        return replace(
            plan, summary=f"There is no QR code, as its package cannot be had: {refused} {plan.summary}"
        )

    def files(originals: Originals) -> dict[str, list[str]]:
        wanted = plan.files(originals)
        if ROUTES not in originals:
            return wanted
        routes = source.with_routes(wanted.get(ROUTES, originals[ROUTES]), [_TITLE])
        return {**wanted, page_path(_TITLE): to_lines(fill("share.tsx")), ROUTES: routes}

    needs = tuple(dict.fromkeys([*plan.needs, ROUTES]))
    summary = f"The page “{_TITLE}” has a QR code of the app's address. {plan.summary}"
    return replace(plan, needs=needs, files=files, summary=summary, packages=(PACKAGE,))
