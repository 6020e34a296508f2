"""Lists by the page: one shape in every service."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, Self, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from common.parameters import PLAIN_DIGITS

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="Items a page"), PLAIN_DIGITS]
CURSOR = "`next_cursor` of the page before"


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="The following page's `cursor`; null on the last")

    @classmethod
    def of(cls, items: Sequence[T], limit: int, cursor: Callable[[T], str]) -> Self:
        """The page from at most limit + 1 items; the one too many tells that there are more."""
        next_cursor = cursor(items[limit - 1]) if len(items) > limit else None
        return cls(items=list(items[:limit]), next_cursor=next_cursor)
