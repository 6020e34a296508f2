"""What can go wrong beyond what the domain refuses."""

from common.errors import NotFound, Unavailable


class RealmNotFound(NotFound):
    code = "database_not_found"


class ShardAway(Unavailable):
    """The database that holds an app's data does not answer; other shards are not concerned."""

    code = "shard_unavailable"


class NoRoom(Unavailable):
    """No shard takes another app."""

    code = "no_room"
