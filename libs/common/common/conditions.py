"""Conditional requests (RFC 9110, section 13): what a client has seen against what there is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from common.errors import InvalidInput

_TAG = re.compile(r'(W/)?"([^"\x00-\x20\x7f]*)"')


class ConditionInvalid(InvalidInput):
    """A condition nobody can read is not as good as none: the write it guards must not happen."""

    code: ClassVar[str] = "invalid_request"


@dataclass(frozen=True)
class EntityTags:
    """What an If-Match or If-None-Match lists; `anything` is its `*`."""

    strong: frozenset[str]
    weak: frozenset[str]
    anything: bool = False

    @classmethod
    def parse(cls, lines: Sequence[str]) -> Self | None:
        """From all lines of the header, None without any; raises ConditionInvalid."""
        text = ",".join(lines).strip()
        if text == "*":
            return cls(frozenset(), frozenset(), anything=True)
        if _TAG.sub("", text).strip(" \t,"):
            raise ConditionInvalid(
                f'A condition is * or a list of entity tags like "a", W/"b": not {text!r}.'
            )
        tags: list[tuple[str, str]] = _TAG.findall(text)
        strong = frozenset(tag for weak, tag in tags if not weak)
        return cls(strong, frozenset(tag for _, tag in tags)) if lines else None

    def match(self, tag: str | None) -> bool:
        """Strong comparison; `tag` is without its quotes, None when there is nothing."""
        return tag is not None and (self.anything or tag in self.strong)

    def match_weakly(self, tag: str | None) -> bool:
        """Weak comparison, as If-None-Match has it (RFC 9110, 8.8.3.2)."""
        return tag is not None and (self.anything or tag in self.weak)


@dataclass(frozen=True)
class Preconditions:
    """When a request may be carried out."""

    if_match: EntityTags | None = None
    if_none_match: EntityTags | None = None

    def hold(self, tag: str | None) -> bool:
        """Whether both hold for what there is now."""
        if self.if_match is not None and not self.if_match.match(tag):
            return False
        return self.if_none_match is None or not self.if_none_match.match_weakly(tag)
