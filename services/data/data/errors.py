"""What can go wrong beyond what the domain refuses."""

from common.errors import Busy, Conflict, InvalidInput, NotFound, PayloadTooLarge, Unavailable


class RealmNotFound(NotFound):
    code = "database_not_found"


class ShardAway(Unavailable):
    """The database that holds an app's data does not answer; other shards are not concerned."""

    code = "shard_unavailable"


class NoRoom(Unavailable):
    """No shard takes another app."""

    code = "no_room"


class MigrationFailed(InvalidInput):
    """Migrations that cannot be applied as they are: `findings` say where and what to write instead."""

    code = "migration_failed"


class MigrationChanged(Conflict):
    """The files do not follow upon what is applied already; `findings` say which."""

    code = "migration_changed"


class MigrationNeedsApproval(Conflict):
    """Something that is stored would go away: `destructive` says what."""

    code = "migration_needs_approval"


class MigrationBusy(Busy):
    """Live traffic held what the migrations need, each time it was tried."""

    code = "migration_busy"


class MigrationSlow(InvalidInput):
    """The migrations take longer than they may, all together."""

    code = "migration_slow"


class AppUserNotFound(NotFound):
    """No user of the app in the environment, whatever other pools have."""

    code = "app_user_not_found"


class AppUserInUse(Conflict):
    """Rows or triggers of the app keep the user from being removed."""

    code = "app_user_in_use"


class StorageFull(PayloadTooLarge):
    """The app stores as much as it may; the code is PostgreSQL's own for a full disk."""

    code = "53100"
