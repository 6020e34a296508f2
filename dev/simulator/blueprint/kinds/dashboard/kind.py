"""Reads what a prompt says of a dashboard: what it is about, and in which money."""

import re

from dev.simulator.blueprint import words
from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.dashboard.figures import DOMAINS, Domain, metrics, records, shares
from dev.simulator.blueprint.kinds.sketch import Sketch
from dev.simulator.blueprint.template import js_string, jsx_text


def sketch(request: str) -> Sketch:
    domain = _domain(request)
    known = re.search(domain.words, request, re.IGNORECASE) is not None
    title = reading.name_of(request) or domain.title
    main = domain.metrics[0]
    figures = ", ".join(metric.label.lower() for metric in domain.metrics)
    return Sketch(
        kind="dashboard",
        title=title,
        does=f"{figures} for this year and the last, with charts, and a page of "
        f"{domain.records_title.lower()}, all of it sample data and marked as such",
        holes={
            "name_js": js_string(title),
            "heading": jsx_text(domain.title),
            "intro": domain.intro,
            "currency": reading.currency_of(request),
            "metrics_js": reading.as_js(metrics(domain)),
            "groups_js": reading.as_js(shares(domain.groups, main)),
            "top_js": reading.as_js(shares(domain.top, main)),
            "records_js": reading.as_js(records(domain)),
            "records_title": domain.records_title,
            "records_path": words.kebab(domain.records_title),
            "groups_title": domain.groups_title,
            "top_title": domain.top_title,
            "top_column": domain.top_column,
            "who": domain.who,
            "who_lower": domain.who.lower(),
            "what": domain.what,
            "amount": domain.amount,
            "amount_unit": domain.amount_unit,
        },
        parts=("PageHeader",),
        purposes=_purposes(domain),
        left_out=()
        if known
        else ("figures of your own trade (I have samples of sales, support and websites)",),
    )


def _purposes(domain: Domain) -> dict[str, str]:
    return {
        "src/data/sample.ts": "Made-up figures, in the shape that real ones take",
        "src/pages/Home.tsx": "Big numbers, charts and the top five, by year",
        "src/pages/Records.tsx": f"{domain.records_title}, to sort, search and filter",
        "src/pages/Data.tsx": "Says what the figures are: made up",
    }


def _domain(request: str) -> Domain:
    """The one that most words speak for."""
    return max(DOMAINS, key=lambda domain: len(re.findall(domain.words, request, re.IGNORECASE)))
