"""Puts a claimed deployment live and proves it; puts the earlier one back when that fails."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property

from common.contracts import ONCE_LIVE
from common.errors import AppError
from common.logging import get_logger
from common.work import Lease, LeaseLost
from deployer.clients.cloudflare import ScriptUpload
from deployer.db.models import Deployment, Environment
from deployer.domain.deployment import app_url, script_name
from deployer.domain.secrets import secret_context
from deployer.errors import CloudflareAbsent, CloudflareTooLarge, RollbackImpossible, VerificationFailed
from deployer.metrics import SCRIPT_BYTES, STEP_SECONDS
from deployer.usecases import events
from deployer.usecases.outcome import Outcome, Restored
from deployer.usecases.prepare import Check, Prepared, fetch_artifact, prepare, store_assets
from deployer.usecases.resources import Resources
from deployer.usecases.together import together
from deployer.usecases.verify import verify

# When Cloudflare finds a script too large that our limit allows, this share of the limit is tried once.
SMALLER = 0.6

logger = get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """A claimed deployment. The rows are as they were at the claim: read them, never write them."""

    row: Deployment
    lease: Lease[Environment]
    environment: Environment
    previous: Deployment | None
    target: Deployment | None
    sealed: dict[str, bytes]


class Publication:
    """One attempt at one deployment. `touched` tells whether what is live may have changed.

    Whatever changes what is live asks for the lease right before: another may have taken it over.
    """

    def __init__(self, resources: Resources, job: Job) -> None:
        self._resources = resources
        self._job = job
        self._script = script_name(job.row.app_id, job.row.environment)
        self.touched = job.row.attempts > 1
        self.restored: Restored | None = None
        self.steps: dict[str, float] = {}

    @cached_property
    def _secrets(self) -> dict[str, str]:
        row, sealer = self._job.row, self._resources.sealer
        return {
            name: sealer.open(sealed, secret_context(row.app_id, row.environment, name))
            for name, sealed in self._job.sealed.items()
        }

    @cached_property
    def _fingerprint(self) -> str:
        return self._resources.sealer.fingerprint(self._secrets)

    async def run(self) -> Outcome:
        """The verified outcome; raises AppError."""
        _ = self._secrets  # opened first: one that cannot be read fails before anything is touched
        target = self._rollback_target()
        if target is not None:
            outcome = await self._point_back(target)
            if outcome is not None:
                return outcome
        artifact = target.artifact if target is not None else self._job.row.artifact
        assert artifact is not None  # noqa: S101  # only what has one is claimed, or is a rollback of such
        return await self._publish(artifact)

    async def put_back(self) -> None:
        """Make what was live before live again; the Worker of a first deployment is removed."""
        previous = self._job.previous
        with self._step("put_back"):
            if previous is None:
                await self._check_lease()
                await self._resources.workers.delete(self._script)
                return
            if previous.version_id is not None and await self._activate(previous.version_id):
                return
            if previous.artifact is not None:
                prepared, _ = await self._prepare(
                    previous.artifact, previous.id, self._resources.settings.script_limit_bytes
                )
                await store_assets(self._resources.assets, prepared.plan)
                version = await self._upload(prepared, previous.id)
                self.restored = Restored(previous.id, version, self._fingerprint)

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

        A version carries the secrets of its time: after a change of secrets it must not come back.
        """
        same_environment = target.environment == self._job.row.environment
        if not same_environment or target.version_id is None or target.secrets_digest != self._fingerprint:
            return None
        url = await self._url()
        self.touched = True
        if not await self._activate(target.version_id):
            logger.info("version no longer kept, uploading the artifact", version_id=target.version_id)
            return None
        served_as = target.served_as or target.id
        await self._verify(url, served_as, [Check(**check) for check in target.checks])
        return Outcome(
            url=url,
            version_id=target.version_id,
            served_as=served_as,
            artifact=target.artifact or "",
            checks=target.checks,
            secrets_digest=self._fingerprint,
            script_bytes=target.script_bytes or 0,
            embedded_files=target.embedded_files,
            stored_files=target.stored_files,
            stored_bytes=target.stored_bytes,
            secret_names=sorted(self._secrets),
        )

    async def _publish(self, artifact: str) -> Outcome:
        row, resources = self._job.row, self._resources
        limit = resources.settings.script_limit_bytes
        prepared, url = await self._prepare(artifact, row.id, limit)
        with self._step("store"):
            await store_assets(resources.assets, prepared.plan)
        self.touched = True
        try:
            version = await self._resume_or_upload(prepared)
        except CloudflareTooLarge:
            prepared, _ = await self._prepare(artifact, row.id, int(limit * SMALLER))
            await store_assets(resources.assets, prepared.plan)
            version = await self._upload(prepared, row.id)
        version = await self._drop_old_secrets(version)
        checks = prepared.checks()
        await self._verify(url, row.id, checks)
        SCRIPT_BYTES.observe(prepared.script.size)
        return Outcome(
            url=url,
            version_id=version,
            served_as=row.id,
            artifact=artifact,
            checks=[asdict(check) for check in checks],
            secrets_digest=self._fingerprint,
            script_bytes=prepared.script.size,
            embedded_files=len(prepared.plan.embedded),
            stored_files=len(prepared.plan.stored),
            stored_bytes=sum(len(item.file.data) for item in prepared.plan.stored),
            secret_names=sorted(self._secrets),
        )

    async def _prepare(self, artifact: str, served_as: str, limit: int) -> tuple[Prepared, str]:
        resources = self._resources
        with self._step("fetch"):
            data, _, url = await together(
                fetch_artifact(resources.objects, self._job.row.app_id, artifact),
                resources.workers.ensure_bucket(resources.settings.assets_bucket),
                self._url(),
            )
        with self._step("prepare"):
            prepared = await prepare(
                data,
                artifact,
                app_id=self._job.row.app_id,
                served_as=served_as,
                runtime=resources.runtime,
                limit=limit,
            )
        return prepared, url

    async def _resume_or_upload(self, prepared: Prepared) -> str:
        """After a crash the version may be there already; it is found by its tag."""
        row = self._job.row
        if row.attempts > 1:
            version = await self._resources.workers.find_version(self._script, row.id)
            if version is not None and await self._activate(version):
                return version
        return await self._upload(prepared, row.id)

    async def _upload(self, prepared: Prepared, tag: str) -> str:
        row, settings = self._job.row, self._resources.settings
        upload = ScriptUpload(
            script=prepared.script,
            tag=tag,
            compatibility_date=settings.compatibility_date,
            bucket=settings.assets_bucket,
            variables={"APP_ID": row.app_id, "ENVIRONMENT": row.environment},
            secrets=self._secrets,
        )
        with self._step("upload"):
            await self._check_lease()
            return await self._resources.workers.upload(self._script, upload)

    async def _activate(self, version_id: str) -> bool:
        """Put a version live unless it is; False when Cloudflare no longer has it."""
        workers = self._resources.workers
        with self._step("activate"):
            if await workers.live_version(self._script) == version_id:
                return True
            await self._check_lease()
            try:
                await workers.activate(self._script, version_id, f"Deployment {self._job.row.id}")
            except CloudflareAbsent:
                return False
        return True

    async def _drop_old_secrets(self, version: str) -> str:
        """An upload keeps the secrets that it does not name, so removed ones are dropped after it."""
        gone = set(self._job.environment.secret_names) - set(self._secrets)
        if not gone:
            return version
        await self._check_lease()
        return await self._resources.workers.remove_secrets(self._script, sorted(gone)) or version

    async def _verify(self, url: str, served_as: str, checks: Sequence[Check]) -> None:
        """Raises VerificationFailed."""

        async def check(seconds: float) -> None:
            await verify(self._resources.live, url=url, served_as=served_as, checks=checks, seconds=seconds)

        async def enable() -> None:
            await self._check_lease()
            await self._resources.workers.enable_subdomain(self._script)

        budget = self._resources.settings.verify_seconds
        with self._step("verify"):
            if not self._job.environment.subdomain_enabled:
                await together(check(budget), self._say_verifying(), enable())
                return
            try:
                await together(check(budget / 2), self._say_verifying())
            except VerificationFailed:
                # A Worker that somebody removed and we made anew has lost its address.
                await together(check(budget / 2), enable())

    async def _check_lease(self) -> None:
        """Raises LeaseLost: the last look before something changes that no transaction guards."""
        async with self._resources.db.begin() as session:
            await self._job.lease.hold(session)

    async def _say_verifying(self) -> None:
        async with self._resources.db.begin() as session:
            await self._job.lease.hold(session)
            events.progressed(self._resources.outbox, session, self._job.row, "verifying")

    async def _url(self) -> str:
        template = self._resources.settings.app_url_template
        subdomain = await self._resources.workers.account_subdomain() if "{subdomain}" in template else ""
        return app_url(template, script=self._script, subdomain=subdomain)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - began
            self.steps[name] = round(self.steps.get(name, 0.0) + seconds * 1000, 1)
            STEP_SECONDS.labels(name).observe(seconds)


async def put_back_or_explain(publication: Publication, error: AppError) -> str:
    """The message of a failure, after the earlier deployment has been put back, or could not be.

    Raises LeaseLost: what is live is another's by now.
    """
    if not publication.touched:
        return error.message
    try:
        await publication.put_back()
    except LeaseLost:
        raise
    except AppError as second:
        logger.exception("the earlier deployment could not be put back", code=second.code)
        return f"{error.message} The earlier deployment could not be put back: {second.message}"
    return error.message
