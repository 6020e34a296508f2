"""Dumps and restores as developers ask for them."""

from common.contracts import DumpView, Environment, RestoreView
from common.deletion import is_deleted
from data.db import dumps
from data.db.models import DeletedApp
from data.db.records import Dump, Restore
from data.domain.dumps import DumpNotFound, DumpUnfinished, Reason
from data.domain.realm import ref_of
from data.errors import RealmNotFound
from data.usecases import dumps as taking
from data.usecases.realms import find_realm
from data.usecases.resources import Resources


async def list_dumps(
    resources: Resources, app_id: str, environment: Environment | None, *, limit: int, cursor: str | None
) -> list[DumpView]:
    """Those of all environments if none is given."""
    async with resources.db.begin() as session:
        rows = await dumps.page(session, Dump, app_id, limit=limit, cursor=cursor, environment=environment)
        return [dump_view(row) for row in rows]


async def request_dump(resources: Resources, app_id: str, environment: Environment, dump_id: str) -> DumpView:
    """The dump with the id, taken in the background; raises RealmNotFound, or DumpNotFound for another's."""
    realm = await find_realm(resources, ref_of(app_id, environment))
    row = await taking.request_dump(resources, realm, Reason.REQUESTED, dump_id=dump_id)
    if row.app_id != app_id:
        raise DumpNotFound(f"There is no dump '{dump_id}' of the app.", dump=dump_id)
    return dump_view(row)


async def list_restores(
    resources: Resources, app_id: str, *, limit: int, cursor: str | None
) -> list[RestoreView]:
    """Those of all environments."""
    async with resources.db.begin() as session:
        rows = await dumps.page(session, Restore, app_id, limit=limit, cursor=cursor, environment=None)
        return [restore_view(row) for row in rows]


async def request_restore(
    resources: Resources, app_id: str, dump_id: str, environment: Environment, restore_id: str
) -> RestoreView:
    """The restore with the id, done in the background; raises DumpNotFound or DumpUnfinished."""
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, app_id):
            raise RealmNotFound("The app has been deleted.")
        dump = await dumps.find(session, Dump, app_id, dump_id)
        if dump is None:
            raise DumpNotFound(f"The app has no dump '{dump_id}'.", dump=dump_id)
        if dump.state != dumps.DONE:
            raise DumpUnfinished(f"The dump is {dump.state}: only one that is done can be restored.")
        row = await dumps.add(
            session,
            Restore,
            id=restore_id,
            ref=ref_of(app_id, environment),
            app_id=app_id,
            environment=environment,
            dump_id=dump_id,
        )
        return restore_view(row)


def dump_view(row: Dump) -> DumpView:
    """A dump as it is shown."""
    own = {name: getattr(row, name) for name in DumpView.model_fields if name != "kept_until"}
    return DumpView.model_validate({**own, "kept_until": row.expires_at, "problem": _problem(row)})


def restore_view(row: Restore) -> RestoreView:
    """A restore as it is shown."""
    own = {name: getattr(row, name) for name in RestoreView.model_fields if name != "dump"}
    return RestoreView.model_validate({**own, "dump": row.dump_id, "problem": _problem(row)})


def _problem(row: Dump | Restore) -> str | None:
    """What keeps work from its end that goes on is for the log."""
    return row.problem if row.state == dumps.FAILED else None
