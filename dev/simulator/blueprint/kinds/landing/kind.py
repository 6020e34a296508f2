"""Reads what a prompt says of a place: its name and trade, where it is, what it offers, when it is open."""

import re
from typing import Any

from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.landing.hours import hours_in, week
from dev.simulator.blueprint.kinds.landing.trades import KNOWN_OFFERS, PLAIN, TRADES, Trade
from dev.simulator.blueprint.kinds.sketch import Sketch
from dev.simulator.blueprint.template import js_string, jsx_text

_PHONE = re.compile(r"(?<!\w)(\+?\d[\d /()-]{6,18}\d)(?!\w)")
_OFFERS = "breads?|cakes?|offers?|services?|products?|menu|treatments?|we (?:sell|bake|do|offer|serve|make)"
_QUOTES = re.compile(r"testimonials?|reviews?|what customers say", re.IGNORECASE)
_QUOTES_SECTION = """\
      <Section id="voices" title="What people say">
        <Quotes />
      </Section>"""
_MOST = 6
_PURPOSES = {
    "supabase/migrations/0001_messages.sql": "What visitors write by the contact form",
    "src/data/site.ts": "What is offered, and when it is open",
    "src/components/drawings.tsx": "Pictures, drawn in the colours of the theme",
    "src/pages/Home.tsx": "The whole page, section by section",
}


def sketch(request: str) -> Sketch:
    trade = trade_of(request) or PLAIN
    title = reading.name_of(request) or trade.name
    named = hours_in(reading.plain(request))
    quotes = bool(_QUOTES.search(request))
    phone = _PHONE.search(reading.plain(request))
    offers = _offers(request, trade)
    town = reading.place_of(request)
    names = ", ".join(str(offer["name"]) for offer in offers)
    return Sketch(
        kind="landing",
        title=title,
        does=f"a page with what you offer ({names}), opening hours, drawn "
        "pictures and a contact form, whose messages go into the table messages of the app's database",
        holes={
            "name_js": js_string(title),
            **_head(title, trade, town, names),
            "heading": jsx_text(title),
            "tagline": jsx_text(trade.tagline),
            "call": trade.call,
            "motif": trade.pictures[0],
            "offers_label": trade.offers_label,
            "offers_title": trade.offers_title,
            "place_js": js_string(town),
            "kind_js": js_string(trade.kind),
            "phone_js": js_string(phone.group(1).strip() if phone else ""),
            "offers_js": reading.as_js(offers),
            "hours_js": reading.as_js(week(named, trade.hours)),
            "gallery_js": reading.as_js([{"motif": motif, "title": text} for motif, text in trade.gallery]),
            "quotes_import": 'import { Quotes } from "@/components/Quotes";' if quotes else "",
            "quotes": _QUOTES_SECTION if quotes else "",
        },
        parts=("TextField",),
        without=() if quotes else ("src/components/Quotes.tsx",),
        purposes=_PURPOSES,
        left_out=_suggested(named, quotes),
    )


def _head(title: str, trade: Trade, town: str, offers: str) -> dict[str, str]:
    """What search engines are told."""
    where = f" in {town}" if town else ""
    told = f"{trade.tagline} {title}{where}: {offers}. Opening hours, pictures and contact."
    return {"title_js": js_string(f"{title} · {trade.kind}{where}"), "description_js": js_string(told)}


def trade_of(request: str) -> Trade | None:
    """The trade that the words name; PLAIN for one that is only called a business or the like."""
    head = reading.head(request)
    for text in (head, request):
        for trade in (*TRADES, PLAIN):
            if re.search(rf"\b(?:{trade.words})\b", text, re.IGNORECASE):
                return trade
    return None


def _offers(request: str, trade: Trade) -> list[dict[str, Any]]:
    named = reading.listed_after(request, _OFFERS)[:_MOST]
    if not named:
        return [{"name": name, "text": text, "motif": motif} for name, text, motif in trade.offers]
    made = []
    for index, name in enumerate(named):
        text, motif = KNOWN_OFFERS.get(name.lower(), ("", trade.pictures[index % len(trade.pictures)]))
        made.append({"name": name, "text": text, "motif": motif})
    return made


def _suggested(named: object, quotes: bool) -> tuple[str, ...]:
    found = [] if named else ["your real opening hours (those on the page are a guess: tell me yours)"]
    return (*found, *(["what customers say (there are two marked holes for it)"] if quotes else []))
