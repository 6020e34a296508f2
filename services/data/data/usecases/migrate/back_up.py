"""A dump before a migration takes something away."""

import hashlib

from common.errors import Busy
from common.ids import new_id
from data.db import dumps
from data.db.models import Realm
from data.db.records import Dump
from data.domain.dumps import Reason
from data.usecases.dumps import request_dump, take_dump
from data.usecases.resources import Resources


async def back_up(resources: Resources, realm: Realm, deployment_id: str | None) -> None:
    """Returns once the realm's rows are stored; a deployment that is tried again takes no second dump.

    Raises what keeps the dump from being taken, Busy while another replica takes it.
    """
    dump_id = new_id("dump") if deployment_id is None else _id_of(realm.ref, deployment_id)
    asked = await request_dump(resources, realm, Reason.MIGRATION, dump_id=dump_id)
    if asked.state == dumps.FAILED:
        asked = await request_dump(resources, realm, Reason.MIGRATION)
    if asked.state == dumps.DONE:
        return
    async with resources.db.begin() as session:
        lease = await dumps.claim_one(session, Dump, asked.id, resources.settings.lease_seconds)
    if lease is None:
        raise Busy("A dump of the app's database is being taken before its migrations; try again shortly.")
    await take_dump(resources, lease)


def _id_of(ref: str, deployment_id: str) -> str:
    digest = hashlib.sha256(f"{ref} {deployment_id}".encode()).hexdigest()
    return f"dump_{digest[:26]}"
