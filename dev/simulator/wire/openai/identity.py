"""Ids of output items, which tell what has to come back with them, and the seal of reasoning."""

import secrets
from collections.abc import Sequence
from hashlib import sha256

_STEM = 32


class Ids:
    """Of the items of one answer."""

    def __init__(self) -> None:
        self._stem = secrets.token_hex(_STEM // 2)
        self._reasoning: int | None = None  # the index of a reasoning item that something has to follow

    def of(self, kind: str, index: int) -> str:
        """The id of the item at this index; `kind`: rs, msg or fc. Indices have to ascend."""
        bound = self._reasoning is not None and self._reasoning == index - 1
        self._reasoning = index if kind == "rs" else None
        return f"{kind}_{self._stem}{index:04x}{'r' if bound else 'x'}"


def reasoning_before(item_id: object) -> str | None:
    """The id of the reasoning that has to stand before an item with this id."""
    if not isinstance(item_id, str):
        return None
    stem, index, bond = item_id.rpartition("_")[2][:_STEM], item_id[-5:-1], item_id[-1:]
    if bond != "r" or len(item_id) < _STEM:
        return None
    try:
        return f"rs_{stem}{int(index, 16) - 1:04x}x"
    except ValueError:
        return None


def seal(item_id: str, summaries: Sequence[str]) -> str:
    """The encrypted content of reasoning: proves that a replayed item is unchanged."""
    return "gAAAAAB" + sha256("\0".join(["reasoning", item_id, *summaries]).encode()).hexdigest()
