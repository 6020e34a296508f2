"""Puts a claimed deployment live and proves it."""

from dataclasses import asdict, dataclass

from common.contracts import ONCE_LIVE
from common.logging import get_logger
from deployer.db.models import Deployment
from deployer.errors import CloudflareTooLarge, RollbackImpossible
from deployer.metrics import SCRIPT_BYTES
from deployer.usecases import events
from deployer.usecases.live_script import Held, LiveScript
from deployer.usecases.migrate import Database, locate
from deployer.usecases.outcome import Outcome
from deployer.usecases.prepare import Check, Prepared
from deployer.usecases.resources import Resources
from deployer.usecases.together import together

# When Cloudflare finds a script too large that our limit allows, this share of the limit is tried once.
SMALLER = 0.6

logger = get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """A claimed deployment, and the one that it goes back to when it is a rollback: rows as at the claim."""

    held: Held
    row: Deployment
    target: Deployment | None


class Publication:
    """One attempt at one deployment."""

    def __init__(self, resources: Resources, job: Job) -> None:
        self._resources = resources
        self._job = job
        self.script = LiveScript(resources, job.held, f"Deployment {job.row.id} is being put live.")
        self._database: Database | None = None

    async def run(self) -> Outcome:
        """The verified outcome; raises AppError.

        The database is migrated right before the app changes: what can be refused before has changed nothing.
        """
        _ = self.script.secrets  # opened first: one that cannot be read fails before anything is touched
        target = self._rollback_target()
        if self._job.row.migrations is not None:
            with self.script.step("migrate"):
                self._database = await locate(self._resources, self._job.held, self._job.row)
            self.script.database = self._database.told if self._database else {}
        if target is not None:
            outcome = await self._point_back(target)
            if outcome is not None:
                return outcome
        artifact = target.artifact if target is not None else self._job.row.artifact
        assert artifact is not None  # noqa: S101  # only what has one is claimed, or is a rollback of such
        return await self._publish(artifact)

    async def _migrate(self) -> None:
        if self._database is not None:
            with self.script.step("migrate"):
                await self._database.migrate(self._resources, self._job.held, self._job.row)

    def _rollback_target(self) -> Deployment | None:
        row, target = self._job.row, self._job.target
        if row.rollback_of is None:
            return None
        if target is None or target.app_id != row.app_id:
            raise RollbackImpossible(f"The app has no deployment {row.rollback_of} to roll back to.")
        if target.state not in ONCE_LIVE or target.artifact is None:
            raise RollbackImpossible(f"Deployment {target.id} has never been live; choose one that has.")
        return target

    async def _point_back(self, target: Deployment) -> Outcome | None:
        """Put the version live that Cloudflare still keeps; None when the artifact must be uploaded again.

        A version carries the secrets and public variables of its time: after a change of any it must not come
        back.
        """
        same_environment = target.environment == self._job.row.environment
        same_secrets = self.script.has_fingerprint(target.secrets_digest)
        if not same_environment or target.version_id is None or not same_secrets:
            return None
        complete, url = await together(self.script.store_as(self._job.row, target), self.script.url())
        if not complete:
            logger.warning("files of the version are missing in R2, uploading the artifact")
            return None
        await self._migrate()
        if not await self.script.activate(target.version_id, self._job.row.id):
            logger.info("version no longer kept, uploading the artifact", version_id=target.version_id)
            return None
        served_as = target.served_as or target.id
        await self.script.verify(
            url, served_as, [Check(**check) for check in target.checks], self._say_verifying()
        )
        return Outcome(
            url=url,
            version_id=target.version_id,
            served_as=served_as,
            artifact=target.artifact or "",
            checks=target.checks,
            secrets_digest=self.script.fingerprint,
            database={**self.script.database},
            script_bytes=target.script_bytes or 0,
            embedded_files=target.embedded_files,
            stored_files=target.stored_files,
            stored_bytes=target.stored_bytes,
            secret_names=sorted(self.script.secrets),
        )

    async def _publish(self, artifact: str) -> Outcome:
        row, limit = self._job.row, self._resources.settings.script_limit_bytes
        prepared, url = await together(
            self.script.prepare(artifact, row, limit, weighed=self._migrate), self.script.url()
        )
        try:
            version = await self._resume_or_upload(prepared)
        except CloudflareTooLarge:
            prepared = await self.script.prepare(artifact, row, int(limit * SMALLER))
            version = await self.script.upload(prepared, row.id)
        version = await self.script.drop_old_secrets(version)
        checks = prepared.checks()
        await self.script.verify(url, row.id, checks, self._say_verifying())
        SCRIPT_BYTES.observe(prepared.script.size)
        return Outcome(
            url=url,
            version_id=version,
            served_as=row.id,
            artifact=artifact,
            checks=[asdict(check) for check in checks],
            secrets_digest=self.script.fingerprint,
            database={**self.script.database},
            script_bytes=prepared.script.size,
            embedded_files=len(prepared.plan.embedded),
            stored_files=len(prepared.plan.stored),
            stored_bytes=sum(item.file.content.size for item in prepared.plan.stored),
            secret_names=sorted(self.script.secrets),
        )

    async def _resume_or_upload(self, prepared: Prepared) -> str:
        """After a crash the version may be there already; it is found by its tag.

        Unless somebody has changed secrets or variables since: then it is not what is to go live.
        """
        row = self._job.row
        if row.attempts > 1 and self.script.has_fingerprint(row.uploaded_secrets):
            version = await self._resources.workers.find_version(self.script.name, row.id)
            if version is not None and await self.script.activate(version, row.id):
                return version
        return await self.script.upload(prepared, row.id)

    async def _say_verifying(self) -> None:
        async with self._resources.db.begin() as session:
            await self._job.held.lease.hold(session)
            events.progressed(self._resources.outbox, session, self._job.row, "verifying")
