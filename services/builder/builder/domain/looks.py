"""What was seen of an app's pages, before anybody judges it. Nothing of it is more than the page's word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NARROW, WIDE = 390, 1280
"""The widths, in CSS pixels, at which every page is loaded: a phone and a laptop."""


class Trouble(StrEnum):
    """What kind of thing went wrong with a page."""

    UNCAUGHT = "uncaught_error"
    CONSOLE = "console_error"
    MISSING = "failed_request"
    UNREACHABLE = "unreachable"
    BLANK = "blank_page"
    ENDLESS = "endless_loop"
    CRASHED = "page_crashed"
    OVERFLOW = "overflow"
    CLIPPED = "clipped_text"
    ACCESSIBILITY = "accessibility"
    FORM = "form"


@dataclass(frozen=True)
class Spot:
    """A position in the bundle: path of a built file, line and column from 1."""

    path: str
    line: int
    column: int


@dataclass(frozen=True)
class Seen:
    """One trouble on one page. `spots`: the stack in the bundle, innermost first; `rule`: accessibility's."""

    trouble: Trouble
    message: str
    spots: tuple[Spot, ...] = ()
    rule: str | None = None


@dataclass(frozen=True)
class Visit:
    """One page at one width. `asks_others`: it needs other servers, and there are none."""

    route: str
    width: int
    seen: tuple[Seen, ...] = ()
    asks_others: bool = False
    trying: bool = False  # after load: a form was filled in


@dataclass(frozen=True)
class Look:
    """All that was seen of an app. `problem` is set when the browser itself broke, and why."""

    visits: tuple[Visit, ...] = ()
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)
    problem: str | None = None
