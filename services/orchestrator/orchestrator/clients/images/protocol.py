"""What the platform knows of a vendor that makes pictures, whoever it is."""

from dataclasses import dataclass
from typing import Literal, Protocol

from orchestrator.domain.arguments import PictureSize
from orchestrator.domain.turns import Usage

Reason = Literal["refused", "unavailable"]


@dataclass(frozen=True, slots=True)
class MadePicture:
    """`content` is WebP. `usage` is None if the vendor has not told it."""

    content: bytes
    usage: Usage | None


class PictureNotMade(Exception):
    """There is no picture: the vendor refused what it would show, or none can be had just now.

    `billed`: the vendor may have made one all the same. `passing`: the same request may go well in a moment,
    in `retry_after` seconds if the vendor says when.
    """

    def __init__(
        self, reason: Reason, *, billed: bool, passing: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(f"no picture was made: {reason}")
        self.reason: Reason = reason
        self.billed = billed
        self.passing = passing
        self.retry_after = retry_after


class PictureClient(Protocol):
    """Makes one picture at a time."""

    @property
    def model(self) -> str:
        """Which model makes them, for the ledger."""

    async def make(self, prompt: str, size: PictureSize) -> MadePicture:
        """The picture; raises PictureNotMade and nothing else, in bounded time."""

    async def warm_up(self) -> None:
        """Loads what the first picture would wait for."""
