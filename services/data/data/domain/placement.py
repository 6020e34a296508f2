"""On which shard a new realm is made."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Capacity:
    """What a shard may hold; None is no limit. Bytes of the whole database, connections of all its users."""

    tables: int | None = None
    bytes: int | None = None
    connections: int | None = None


@dataclass(frozen=True)
class Load:
    """What a shard holds, as last measured."""

    tables: int = 0
    bytes: int = 0
    connections: int = 0


@dataclass(frozen=True)
class Candidate:
    """A shard that may get a realm. `realms` are those on it, `away` while it does not answer."""

    name: str
    capacity: Capacity
    load: Load
    realms: int = 0
    away: bool = False

    @property
    def fullness(self) -> float:
        """The largest part of any limit that is used; from 1 on there is no room."""
        pairs = (
            (self.load.tables, self.capacity.tables),
            (self.load.bytes, self.capacity.bytes),
            (self.load.connections, self.capacity.connections),
        )
        return max(
            (used / limit if limit else 1.0 for used, limit in pairs if limit is not None), default=0.0
        )


def choose_shard(candidates: Iterable[Candidate]) -> str | None:
    """The emptiest shard with room, by name between equals; None when there is none.

    Between shards that are measured alike the one with fewer realms: what was placed since the last
    measurement counts too.
    """
    fit = [shard for shard in candidates if not shard.away and shard.fullness < 1]
    best = min(fit, key=lambda shard: (round(shard.fullness, 2), shard.realms, shard.name), default=None)
    return None if best is None else best.name
