"""A dump before a migration takes something away."""

import hashlib

from data.db.models import Realm
from data.domain.dumps import Reason
from data.usecases.dumps import dump
from data.usecases.resources import Resources


async def back_up(resources: Resources, realm: Realm, deployment_id: str | None) -> None:
    """Returns once the realm's rows are stored; a deployment that is tried again takes no second dump.

    Raises what keeps the dump from being taken, Busy while another replica takes it.
    """
    dump_id = None if deployment_id is None else _id_of(realm.ref, deployment_id)
    await dump(resources, realm, Reason.MIGRATION, dump_id=dump_id)


def _id_of(ref: str, deployment_id: str) -> str:
    digest = hashlib.sha256(f"{ref} {deployment_id}".encode()).hexdigest()
    return f"dump_{digest[:26]}"
