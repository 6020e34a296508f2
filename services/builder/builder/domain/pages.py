"""What a browser's look at an app means: what is certain fails the check, the rest is advice."""

from collections.abc import Mapping
from dataclasses import dataclass

from builder.domain.diagnostics import frame
from builder.domain.looks import Look, Seen, Spot, Trouble, Visit
from builder.domain.sourcemaps import Position, SourceMaps
from common.contracts import PageFinding, PagesState, Severity

MAX_FINDINGS = 50

_CERTAIN = frozenset({Trouble.ENDLESS, Trouble.CRASHED, Trouble.MISSING})
# May come from data that is not there while the app is looked at, without any network.
_CERTAIN_ALONE = frozenset({Trouble.UNCAUGHT, Trouble.BLANK})
_ECHOED = frozenset({Trouble.UNCAUGHT, Trouble.ENDLESS})
_CAUGHT = "This part of the app stopped working:"
"""How the template's error boundary begins what it prints."""

_AFTER_FORM = "After a form was filled in and the page loaded again: "


@dataclass(frozen=True)
class Judgement:
    """`message` is one sentence for people, set unless the check was passed."""

    state: PagesState
    findings: tuple[PageFinding, ...] = ()
    message: str | None = None


def judge(look: Look, maps: SourceMaps) -> Judgement:
    """What was seen fails an app, also when the browser broke later; only a whole look lets it pass."""
    findings = _findings(look, maps)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        return Judgement(PagesState.FAILED, findings, f"{errors[0].route}: {errors[0].message}")
    if look.problem is not None or not look.visits:
        return Judgement(PagesState.UNCHECKED, findings, look.problem or "No page was loaded.")
    return Judgement(PagesState.PASSED, findings)


def has_spots(look: Look) -> bool:
    """Whether there are positions in the bundle to be found in the source."""
    return any(seen.spots for visit in look.visits for seen in visit.seen)


def _findings(look: Look, maps: SourceMaps) -> tuple[PageFinding, ...]:
    groups: dict[tuple[object, ...], list[tuple[Visit, Seen, Position | None]]] = {}
    for visit in look.visits:
        for seen in _without_echoes(visit.seen):
            position = maps.locate(seen.spots) or maps.locate(_echoed(seen, visit.seen))
            key = (seen.trouble, seen.message, seen.rule, position, visit.trying)
            groups.setdefault(key, []).append((visit, seen, position))
    findings = [_finding(group, maps.source) for group in groups.values()]
    return tuple(sorted(findings, key=lambda found: found.severity is not Severity.ERROR)[:MAX_FINDINGS])


def _finding(group: list[tuple[Visit, Seen, Position | None]], source: Mapping[str, bytes]) -> PageFinding:
    visit, seen, position = group[0]
    certain = any(_is_certain(visit, seen) for visit, seen, _ in group)
    return PageFinding(
        kind=seen.trouble.value,
        severity=Severity.ERROR if certain else Severity.WARNING,
        message=f"{_AFTER_FORM}{seen.message}" if visit.trying else seen.message,
        route=visit.route,
        widths=tuple(sorted({visit.width for visit, _, _ in group})),
        count=len({visit.route for visit, _, _ in group}),
        file=position.file if position else None,
        line=position.line if position else None,
        column=position.column if position else None,
        frame=frame(source, position.file, position.line) if position else None,
        rule=seen.rule,
    )


def _is_certain(visit: Visit, seen: Seen) -> bool:
    if visit.trying:
        return False
    return seen.trouble in _CERTAIN or (seen.trouble in _CERTAIN_ALONE and not visit.asks_others)


def _echoed(error: Seen, seen: tuple[Seen, ...]) -> tuple[Spot, ...]:
    """Components that an error's echo in the console names: React's own errors name no code of the app."""
    if error.trouble not in _ECHOED:
        return ()
    return tuple(spot for one in seen if one.trouble is Trouble.CONSOLE for spot in one.spots)


def _without_echoes(seen: tuple[Seen, ...]) -> list[Seen]:
    """Without what an error brings with it: the console repeats it, and the page stays blank."""
    errors = [one.message for one in seen if one.trouble in _ECHOED]
    if not errors:
        return list(seen)
    return [one for one in seen if one.trouble is not Trouble.BLANK and not _is_echo(one, errors)]


def _is_echo(one: Seen, errors: list[str]) -> bool:
    repeats = one.message.startswith(_CAUGHT) or any(error in one.message for error in errors)
    return one.trouble is Trouble.CONSOLE and repeats
