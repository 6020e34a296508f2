"""Pictures that come with a message: their names, and what the model is told of them."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from orchestrator.domain.pictures import SUFFIXES, Picture
from orchestrator.domain.sections import section

MAX_ATTACHMENTS = 5
MAX_ATTACHED_BYTES = 10_000_000
"""Of all pictures of a message: they go out with every request of its run."""

_MAX_STEM = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_SEEN = "The pictures above, in this order. use_attachment makes one a file of the app."
_UNSEEN = (
    "Pictures that you cannot see: say so where the request depends on what they show. use_attachment makes "
    "one a file of the app."
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture of a message; `id` is the upload's, `size` in bytes. No other of its app has the name."""

    id: str
    name: str
    media_type: str
    width: int
    height: int
    size: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def picture(self) -> Picture:
        return Picture(self.media_type, self.width, self.height)

    def __str__(self) -> str:
        kind = self.media_type.removeprefix("image/")
        return f"{self.name} ({kind}, {self.width} x {self.height} pixels, {self.size:,} bytes)"


def attachments_from(stored: Sequence[Mapping[str, Any]]) -> list[Attachment]:
    """What was stored with a run or message."""
    return [Attachment.from_json(one) for one in stored]


def file_name(given: str | None, media_type: str) -> str:
    """A name of plain letters with the ending of the media type, as near as can be to the given one."""
    last = re.split(r"[/\\]", given or "")[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    stem, _, suffix = plain.rpartition(".")
    known = {suffix for suffixes in SUFFIXES.values() for suffix in suffixes}
    whole = stem if suffix.lower() in known else plain
    stem = _UNSAFE.sub("-", whole).strip("-")[:_MAX_STEM].rstrip("-")
    return f"{stem or 'picture'}.{SUFFIXES[media_type][0]}"


def unique_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number before its ending if it is taken; a pasted screenshot is always `image.png`."""
    stem, _, suffix = name.rpartition(".")
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.{suffix}"
    return name


def newest_first(messages: Sequence[Sequence[Attachment]]) -> list[Attachment]:
    """As many of the messages' pictures, the newest message first, as a single message could have."""
    kept: list[Attachment] = []
    for attachment in (one for message in messages for one in message):
        size = attachment.size + sum(one.size for one in kept)
        if attachment not in kept and len(kept) < MAX_ATTACHMENTS and size <= MAX_ATTACHED_BYTES:
            kept.append(attachment)
    return kept


def attachments_section(attachments: Sequence[Attachment], *, seen: bool) -> str:
    """What the opening of a conversation says of its pictures; nothing without any.

    `seen`: they stand before it as pictures.
    """
    if not attachments:
        return ""
    lines = [f"{number}. {one}" for number, one in enumerate(attachments, 1)]
    return section("attachments", "\n".join([_SEEN if seen else _UNSEEN, *lines]))
