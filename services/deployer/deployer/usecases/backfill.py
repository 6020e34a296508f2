"""Deployments of earlier releases do not say which files R2 must hold for them: their artifacts do."""

import asyncio
from collections.abc import Sequence

from common.database import Database
from common.errors import Unavailable
from common.logging import get_logger
from common.objects import ObjectStore
from deployer.clients.spool import Spool
from deployer.db import deployments, environments, files
from deployer.db.files import Needed
from deployer.db.models import Deployment
from deployer.domain.artifact import read_artifact
from deployer.domain.errors import InvalidArtifact
from deployer.domain.plan import is_hashed, served_type
from deployer.errors import ArtifactMissing
from deployer.usecases.prepare import fetch
from deployer.usecases.store import present

logger = get_logger(__name__)


async def backfill(db: Database, artifacts: ObjectStore, assets: ObjectStore) -> None:
    """Notes what such deployments need. Raises Unavailable; what is noted until then stays so."""
    after = ""
    while True:
        async with db.begin() as session:
            deployment = await deployments.next_unknown(session, after)
        if deployment is None:
            return
        after = deployment.id
        try:
            needed = await _needed(deployment, artifacts, assets)
        except (ArtifactMissing, InvalidArtifact) as error:
            await _do_without(db, deployment, error.message)
        else:
            await _note(db, deployment, needed)


async def _needed(deployment: Deployment, artifacts: ObjectStore, assets: ObjectStore) -> list[Needed]:
    """All of its files that R2 has: which of them it was put there for is not known."""
    if deployment.artifact is None:
        return []
    with Spool() as archive:
        await fetch(artifacts, deployment.app_id, deployment.artifact, archive)
        found = await asyncio.to_thread(read_artifact, archive, deployment.artifact)
        here = await present(assets, {item.digest for item in found})
        return [
            Needed(
                item.path, item.digest, item.content.size, served_type(item.content_type),
                is_hashed(item.path),
            )
            for item in found
            if item.digest in here
        ]  # fmt: skip


async def _note(db: Database, deployment: Deployment, needed: Sequence[Needed]) -> None:
    digests = {item.digest for item in needed}
    async with db.begin() as session:
        for row in await deployments.unknown_alike(session, deployment):
            known = await files.need(session, row.id, needed)
            if {item.digest for item in known if not item.deleting} != digests:
                raise Unavailable("A file that a deployment needs is just being removed from R2.")
        await files.stored(session, digests)


async def _do_without(db: Database, deployment: Deployment, reason: str) -> None:
    """Without its artifact a deployment cannot be put live again: it needs nothing, unless it is live."""
    async with db.begin() as session:
        environment = await environments.find(session, deployment.app_id, deployment.environment)
        if environment is not None and environment.live == deployment.id:
            logger.warning(
                "nothing is removed from R2 until this app is deployed again: nobody knows what it needs",
                app_id=deployment.app_id,
                environment=deployment.environment,
                reason=reason,
            )
            return
        await files.need(session, deployment.id, [])
