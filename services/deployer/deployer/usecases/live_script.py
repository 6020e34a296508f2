"""The script of an environment: what the holder of its lease may do to it, and how it is proven."""

import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import DATABASE_URL_NAME, SecretAction, recent_key
from common.errors import AppError
from common.keyring import Sealed
from common.logging import get_logger
from common.work import Lease, LeaseLost
from deployer.clients.cloudflare import ScriptUpload
from deployer.clients.spool import Spool
from deployer.db import deployments, environments, secret_events, secrets
from deployer.db.models import Deployment, Environment
from deployer.domain.deployment import app_url, script_name
from deployer.domain.script import Frame
from deployer.domain.secrets import Public, page_env, secret_context
from deployer.errors import CloudflareAbsent, VerificationFailed
from deployer.metrics import STEP_SECONDS
from deployer.usecases.outcome import Proof, Restored, Unproven
from deployer.usecases.prepare import Check, Prepared, fetch, prepare
from deployer.usecases.resources import Resources
from deployer.usecases.store import store, store_as
from deployer.usecases.together import together
from deployer.usecases.verify import verify

logger = get_logger(__name__)


@dataclass(frozen=True)
class Held:
    """An environment under lease. The rows are as they were at the claim: read them, never write them."""

    lease: Lease[Environment]
    environment: Environment
    live: Deployment | None
    values: dict[str, Sealed | Public]
    in_flight_until: datetime | None


async def hold(session: AsyncSession, lease: Lease[Environment]) -> Held:
    """What the holder of a lease that was just claimed has to know."""
    row = await lease.hold(session)
    live = await deployments.find(session, row.live) if row.live else None
    values = await secrets.values_of(session, row.app_id, row.environment)
    in_flight_until = await environments.in_flight_until(session, row)
    return Held(lease, row, live, values, in_flight_until)


class LiveScript:
    """One environment's script while the environment is held; `why` is what is being done to it.

    `database`: what the page is told of where the app's database is.

    Whatever changes what is live asks for the lease right before, as another may have taken it over, and
    marks the environment as unsettled in the same transaction, as this process may end at any moment.
    """

    def __init__(self, resources: Resources, held: Held, why: str) -> None:
        self._resources = resources
        self._held = held
        self._why = why
        self._began = time.monotonic()
        self.touched = False
        self.database: Mapping[str, str] = {}
        self._app_id = held.environment.app_id
        self._environment = held.environment.environment
        self.name = script_name(self._app_id, self._environment)
        self.steps: dict[str, float] = {}

    @cached_property
    def secrets(self) -> dict[str, str]:
        """What the next upload binds; raises SecretUnreadable."""
        sealer = self._resources.sealer
        return {
            name: sealer.open(sealed, secret_context(self._app_id, self._environment, name))
            for name, sealed in self._held.values.items()
            if isinstance(sealed, Sealed)
        }

    @property
    def _variables(self) -> dict[str, object]:
        """All of them, such that a secret and a public one of the same text are not the same."""
        public = {name: [item.text] for name, item in self._held.values.items() if isinstance(item, Public)}
        return {**self.secrets, **public, **{name: [value] for name, value in self.database.items()}}

    @property
    def fingerprint(self) -> str:
        """Equal for equal secrets and public variables, until the key changes."""
        return self._resources.sealer.fingerprint(self._variables)

    def has_fingerprint(self, fingerprint: str | None) -> bool:
        """Whether it is that of the secrets and variables of now, under whichever key it was made."""
        return self._resources.sealer.matches(fingerprint, self._variables)

    async def url(self) -> str:
        """Where the app answers."""
        template = self._resources.settings.app_url_template
        subdomain = await self._resources.workers.account_subdomain() if "{subdomain}" in template else ""
        return app_url(template, script=self.name, subdomain=subdomain)

    @property
    def unsettled(self) -> bool:
        """Whether something else than the rows say may be live, by this attempt or one before."""
        return self.touched or self._held.environment.unsettled_since is not None

    def proof(self, restored: Restored | None = None) -> Proof:
        """What may be said once the app has been loaded, or is gone."""
        answered = not self._resources.workers.unanswered(self.name, self._began)
        return Proof(answered, self._held.in_flight_until, restored)

    async def agree(self) -> Proof:
        """Have Cloudflare serve what the rows say is live, or nothing, and prove it; raises AppError."""
        live = self._held.live
        with self.step("put_back"):
            if self._held.environment.live is None:
                await self._remove()
                return self.proof()
            assert live is not None  # noqa: S101  # what is live is kept
            serving = await self._resources.workers.live_version(self.name)
            if serving == live.version_id and not self.unsettled:
                return self.proof()
            if (
                serving is not None
                and live.version_id is not None
                and await self.activate(live.version_id, live.id)
            ):
                checks = [Check(**check) for check in live.checks]
                await self.verify(await self.url(), live.served_as or live.id, checks)
                return self.proof()
            return self.proof(await self._upload_again(live))

    async def _remove(self) -> None:
        resources = self._resources
        if self.unsettled or await resources.workers.live_version(self.name) is not None:
            await self._begin_change()
            await resources.workers.delete(self.name)
            await resources.assets.delete(recent_key(self._app_id, self._environment))

    async def _upload_again(self, live: Deployment) -> Restored:
        assert live.artifact is not None  # noqa: S101  # it could not have gone live
        limit, self.database = self._resources.settings.script_limit_bytes, live.database
        prepared, url = await together(self.prepare(live.artifact, live, limit), self.url())
        version = await self.drop_old_secrets(await self.upload(prepared, live.id))
        await self.enable_subdomain()
        checks = prepared.checks()
        await self.verify(url, live.id, checks)
        return Restored(
            live.id, version, [asdict(check) for check in checks], self.fingerprint, sorted(self.secrets)
        )

    async def prepare(
        self,
        artifact: str,
        served_as: Deployment,
        limit: int,
        weighed: Callable[[], Awaitable[None]] | None = None,
    ) -> Prepared:
        """The script of a deployment, when R2 has all that goes with it.

        `weighed` is done once it is known that the script is not too large, before anything is stored.
        """
        resources, live = self._resources, self._held.live
        with Spool() as archive:
            with self.step("fetch"):
                await together(
                    fetch(resources.objects, self._app_id, artifact, archive),
                    resources.workers.ensure_bucket(resources.settings.assets_bucket),
                )
            with self.step("prepare"):
                frame = Frame(
                    served_as.id,
                    resources.runtime,
                    resources.settings.app_headers(self.database.get(DATABASE_URL_NAME)),
                )
                env = page_env(self._app_id, self._held.values, self.database)
                prepared = await prepare(
                    archive, artifact, env=env, url=await self.url(), frame=frame, limit=limit
                )
            if weighed is not None:
                await weighed()
            with self.step("store"):
                # Who deploys again what is live may do so because a file of it is missing.
                again = live is not None and live.artifact == artifact
                await store(resources, self._held.lease, served_as, prepared.plan, look=again)
        return prepared

    async def store_as(self, deployment: Deployment, target: Deployment) -> bool:
        """Whether R2 has all that goes with `target`, and so for a deployment that serves the same."""
        with self.step("store"):
            return await store_as(self._resources, self._held.lease, deployment, target)

    async def upload(self, prepared: Prepared, tag: str) -> str:
        """Put the script live; its version id."""
        settings = self._resources.settings
        upload = ScriptUpload(
            script=prepared.script,
            tag=tag,
            compatibility_date=settings.compatibility_date,
            bucket=settings.assets_bucket,
            variables={"APP_ID": self._app_id, "ENVIRONMENT": self._environment},
            secrets=self.secrets,
        )
        with self.step("upload"):
            await self._begin_change(uploading=tag)
            return await self._resources.workers.upload(self.name, upload)

    async def activate(self, version_id: str, tag: str) -> bool:
        """Put a version live unless it is; False when Cloudflare no longer has it."""
        workers = self._resources.workers
        with self.step("activate"):
            if await workers.live_version(self.name) == version_id:
                return True
            await self._begin_change()
            try:
                await workers.activate(self.name, version_id, f"Deployment {tag}")
            except CloudflareAbsent:
                return False
        return True

    async def drop_old_secrets(self, version: str) -> str:
        """An upload keeps the secrets that it does not name, so removed ones are dropped after it."""
        gone = set(self._held.environment.secret_names) - set(self.secrets)
        if not gone:
            return version
        await self._begin_change()
        return await self._resources.workers.remove_secrets(self.name, sorted(gone)) or version

    async def verify(
        self, url: str, served_as: str, checks: Sequence[Check], *beside: Coroutine[Any, Any, Any]
    ) -> None:
        """Load the app until it is what it should be, `beside` done meanwhile; raises VerificationFailed."""

        async def check(seconds: float) -> None:
            await verify(self._resources.live, url=url, served_as=served_as, checks=checks, seconds=seconds)

        budget = self._resources.settings.verify_seconds
        with self.step("verify"):
            if not self._held.environment.subdomain_enabled:
                await together(check(budget), self.enable_subdomain(), *beside)
                return
            try:
                await together(check(budget / 2), *beside)
            except VerificationFailed:
                # A Worker that somebody removed and we made anew has lost its address.
                await together(check(budget / 2), self.enable_subdomain())

    async def enable_subdomain(self) -> None:
        """Let the script answer at its address. That changes nothing of what it serves there."""
        async with self._resources.db.begin() as session:
            await self._held.lease.hold(session)
        await self._resources.workers.enable_subdomain(self.name)

    async def report_doubt(self) -> None:
        """Have the environment looked at although it is another's: what was given up may take effect."""
        if not self.touched:
            return
        in_flight = self._resources.settings.cloudflare_timeout_seconds
        async with self._resources.db.begin() as session:
            await environments.doubt(session, self._app_id, self._environment, in_flight=in_flight)

    async def _begin_change(self, *, uploading: str | None = None) -> None:
        """Raises LeaseLost: the last look before something changes that no transaction guards.

        `uploading` is the deployment whose script takes the secrets and variables along, which is recorded.
        """
        self.touched = True
        async with self._resources.db.begin() as session:
            row = await self._held.lease.hold(session)
            if uploading is not None:
                row.secret_names = sorted({*row.secret_names, *self.secrets})
                await self._record_upload(session, uploading)
            in_flight = self._resources.settings.in_flight_seconds()
            await environments.mark_unsettled(session, row, self._why, in_flight=in_flight)

    async def _record_upload(self, session: AsyncSession, deployment_id: str) -> None:
        await deployments.note_upload(session, deployment_id, self.fingerprint)
        if self._held.values:
            secret_events.add(
                session,
                self._app_id,
                self._environment,
                SecretAction.DEPLOYED,
                self._held.values,
                deployment_id=deployment_id,
            )

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times what is done within."""
        began = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - began
            self.steps[name] = round(self.steps.get(name, 0.0) + seconds * 1000, 1)
            STEP_SECONDS.labels(name).observe(seconds)


async def settle_or_explain(script: LiveScript) -> Proof | Unproven:
    """Tries once to have Cloudflare serve what the rows say. Raises LeaseLost: that is another's by now."""
    try:
        return await script.agree()
    except LeaseLost:
        raise
    except AppError as error:
        logger.warning("environment not settled", script=script.name, code=error.code, reason=error.message)
        return Unproven(error.message, error.retryable or isinstance(error, VerificationFailed))
    except Exception:
        logger.exception("environment not settled for a fault of the deployer's own", script=script.name)
        return Unproven("Something went wrong in the deployer itself.", passing=False)
