"""The deployer as its users meet it: a process, its HTTP API, its messages, the apps it puts live."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from nats.js.api import DeliverPolicy
from pydantic import SecretStr
from sqlalchemy import text

import deployer.main
from common.contracts import (
    DeploymentFinished,
    DeploymentProblem,
    DeploymentProgressed,
    DeploymentState,
    DeploymentWaiting,
    DeployRequested,
    Environment,
    artifact_key,
)
from common.database import Database
from common.ids import new_app_id, new_id
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import DEPLOY_SUBJECT
from common.objects import ObjectStore
from common.settings import S3Settings
from common.testing.forks import Forked, start_service
from common.testing.tether import free_port
from deployer.domain.calls import CallLimit
from deployer.usecases.call_budget import SharedCallBudget
from dev.edge.launcher import Edge
from tests.deployer.artifacts import build_artifact
from tests.patience import patiently

TOKEN = "deployer-service-token"
SECRETS_KEYS = "1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
WAIT = 120.0
BLOCK_ENDS = "UPDATE call_budgets SET filled_at = now(), blocked_until = NULL"
PLENTY = CallLimit(1_000_000, 300)


@dataclass
class World:
    """Everything around the service, and the service itself."""

    edge: Edge
    bus: Bus
    store: ObjectStore
    environment: dict[str, str]
    log: Path
    process: Forked | subprocess.Popen[bytes] | None = None
    events: list[DeploymentProgressed | DeploymentFinished] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.environment['PORT']}",
            headers={"authorization": f"Bearer {TOKEN}"},
            timeout=10,
            verify=False,  # there is no TLS, and reading the authorities takes 30 ms
        )

    def assets(self) -> ObjectStore:
        """The bucket of the apps' stored files."""
        return ObjectStore(object_store(self.edge), "overskill-assets")

    async def start(self, extra: Mapping[str, str] | None = None) -> None:
        with self.log.open("ab") as log:
            env = {**os.environ, **self.environment, **(extra or {})}
            # Its stop must not depend on an event loop.
            self.process = start_service("deployer", env, log.fileno())
        async with self.http() as http, asyncio.timeout(WAIT):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get("/readyz")).status_code == 200:
                        return
                assert self.process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    async def upload(self, app_id: str, files: Mapping[str, bytes], *, packed: bool = False) -> str:
        digest, data = build_artifact(files, packed=packed)
        await self.store.put(artifact_key(app_id, digest), data)
        return digest

    async def send(self, request: DeployRequested) -> None:
        body, headers = request.model_dump_json().encode(), envelope("tests", request)
        await patiently(lambda: self.bus.publish(DEPLOY_SUBJECT, body, headers))

    async def finished(self, deployment_id: str, *, times: int = 1) -> DeploymentFinished:
        """The deployment's outcome, once it has been told so many times."""

        def told() -> list[DeploymentFinished]:
            return [
                event
                for event in self.events
                if isinstance(event, DeploymentFinished) and event.deployment_id == deployment_id
            ]

        async with asyncio.timeout(WAIT), self.changed:
            await self.changed.wait_for(lambda: len(told()) >= times)
        return told()[-1]

    def ended(self) -> set[str]:
        """The deployments whose end has been told."""
        return {event.deployment_id for event in self.events if isinstance(event, DeploymentFinished)}

    def phases(self, deployment_id: str) -> list[str]:
        return [
            event.phase
            for event in self.events
            if isinstance(event, DeploymentProgressed) and event.deployment_id == deployment_id
        ]

    async def told_to_wait(self, deployment_id: str) -> DeploymentWaiting:
        """What the first message says that has the deployment wait."""

        def told() -> list[DeploymentWaiting]:
            return [
                event.waiting
                for event in self.events
                if isinstance(event, DeploymentProgressed)
                and event.deployment_id == deployment_id
                and event.waiting is not None
            ]

        async with asyncio.timeout(WAIT), self.changed:
            await self.changed.wait_for(told)
        return told()[0]

    async def deploy(
        self, app_id: str, files: Mapping[str, bytes] | None = None, **fields: Any
    ) -> DeploymentFinished:
        """Ask for a deployment and wait for its outcome."""
        artifact = fields.pop("artifact", None)
        if files is not None:
            artifact = await self.upload(app_id, files)
        request = asked(app_id, artifact=artifact, **fields)
        await self.send(request)
        return await self.finished(request.deployment_id)

    async def seen(self, request: DeployRequested) -> dict[str, Any]:
        """The deployment as the API tells of it; nothing of one that it does not know yet."""
        async with self.http() as http:
            answer: dict[str, Any] = (await http.get(f"/v1/deployments/{request.deployment_id}")).json()
        return answer

    async def waiting(self, request: DeployRequested) -> dict[str, Any]:
        """The same, once the deployment waits for something."""
        async with asyncio.timeout(WAIT):
            while (view := await self.seen(request)).get("waiting") is None:
                await asyncio.sleep(0.05)
        return view

    async def load(self, script: str, path: str = "/", **headers: str) -> httpx.Response:
        async with self.edge.app(script) as app:
            return await app.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def execute(self, statement: str, **values: Any) -> None:
        """Changes the service's rows, as another replica or time itself would."""
        database = Database(SecretStr(self.environment["DATABASE_URL"]), "deployer")
        try:
            async with database.begin() as session:
                await session.execute(text(statement), values)
        finally:
            await database.close()

    async def fault(self, method: str, path: str, *responses: dict[str, Any]) -> None:
        async with self.edge.control() as control:
            answer = await control.post(
                "/faults", json={"method": method, "path": path, "responses": list(responses)}
            )
        assert answer.status_code == 200

    async def arrive_late(self) -> None:
        """Has the requests take effect that a fault has kept."""
        async with self.edge.control() as control:
            assert (await control.post("/late")).json()["statuses"] == [200]

    async def clear_faults(self) -> None:
        async with self.edge.control() as control:
            await control.delete("/faults")
            await control.delete("/requests")

    async def api_calls(self, script: str = "") -> list[str]:
        """The API requests since the last clearing, as "METHOD path below the account"."""
        async with self.edge.control() as control:
            requests = (await control.get("/requests")).json()["requests"]
        prefix = f"/client/v4/accounts/{self.edge.account_id}"
        return [
            f"{entry['method']} {entry['path'].removeprefix(prefix)}"
            for entry in requests
            if script in entry["path"]
        ]


def problem_of(done: DeploymentFinished) -> DeploymentProblem:
    """Why the deployment failed, which it must have."""
    assert done.state is DeploymentState.FAILED
    assert done.problem is not None
    return done.problem


def asked(app_id: str, **fields: Any) -> DeployRequested:
    return DeployRequested(
        deployment_id=fields.pop("deployment_id", None) or new_id("dep"),
        app_id=app_id,
        environment=fields.pop("environment", Environment.PREVIEW),
        version=fields.pop("version", 1),
        **fields,
    )


def new_app() -> tuple[str, str]:
    """An app id and the script name of its preview."""
    app_id = new_app_id()
    return app_id, f"{app_id}-preview"


@contextlib.asynccontextmanager
async def world(
    edge: Edge, *, postgres_url: str, nats_url: str, folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[World]:
    """A running deployer with everything it needs, and a listener to its events."""
    bus = Bus(SecretStr(nats_url), "tests")
    async with ObjectStore(object_store(edge)) as store:
        await patiently(store.ensure_bucket)
        await bus.connect()
        made = World(edge, bus, store, environment(edge, postgres_url, nats_url), folder / "deployer.log")
        made.environment.update(settings or {})
        subscription = await bus.jetstream.subscribe(
            "events.deployer.>", ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
        )
        listener = asyncio.create_task(_listen(made, subscription))
        try:
            await made.start()
            yield made
        finally:
            made.stop()
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            await bus.close()


@contextlib.asynccontextmanager
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """The deployer's schema, as one of its replicas sees it."""
    opened = Database(SecretStr(postgres_url), "deployer")
    try:
        await opened.migrate(deployer.main.MIGRATIONS)
        yield opened
    finally:
        await opened.close()


def call_budget(db: Database, account_id: str, limit: CallLimit = PLENTY) -> SharedCallBudget:
    """An account's budget of calls; a call waits for its turn no longer than a moment."""
    return SharedCallBudget(db, account_id, limit, wait_seconds=1.0, longest_block=3600)


def object_store(edge: Edge) -> S3Settings:
    return S3Settings(
        s3_endpoint_url=edge.s3_url,
        s3_access_key_id=SecretStr(edge.s3_access_key_id),
        s3_secret_access_key=SecretStr(edge.s3_secret_access_key),
    )


async def _listen(made: World, subscription: Any) -> None:
    contracts = {kind.type: kind for kind in (DeploymentProgressed, DeploymentFinished)}
    async for message in subscription.messages:
        kind = contracts[message.headers["ce-type"]]
        async with made.changed:
            made.events.append(kind.model_validate_json(message.data))
            made.changed.notify_all()


def environment(edge: Edge, postgres_url: str, nats_url: str) -> dict[str, str]:
    return {
        "PORT": str(free_port()),
        "METRICS_PORT": str(free_port()),
        "SERVICE_TOKEN": TOKEN,
        "DATABASE_URL": postgres_url,
        "NATS_URL": nats_url,
        "S3_ENDPOINT_URL": edge.s3_url,
        "S3_ACCESS_KEY_ID": edge.s3_access_key_id,
        "S3_SECRET_ACCESS_KEY": edge.s3_secret_access_key,
        "CLOUDFLARE_API_URL": edge.api_url,
        "CLOUDFLARE_API_TOKEN": edge.token,
        "CLOUDFLARE_ACCOUNT_ID": edge.account_id,
        "CLOUDFLARE_CALLS": str(PLENTY.calls),
        "CLOUDFLARE_RETRY_SECONDS": "6",
        "CLOUDFLARE_TIMEOUT_SECONDS": "6",
        "APP_URL_TEMPLATE": f"http://{{script}}.localhost:{edge.apps_port}",
        "SECRETS_KEYS": SECRETS_KEYS,
        "VERIFY_SECONDS": "3",
        "LEASE_SECONDS": "2",
        "RECONCILE_SECONDS": "0.2",
    }
