"""The orchestrator as its users meet it, in a world where tests play the builder and the deployer."""

import asyncio
import functools
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import SecretStr

from common.background import Supervisor
from common.contracts import (
    Artifact,
    BuildFinished,
    BuildMode,
    BuildRequested,
    BuildStarted,
    BuildState,
    Contract,
    DeploymentFinished,
    DeploymentProblem,
    DeploymentProgressed,
    DeploymentState,
    DeploymentWaiting,
    DeployRequested,
    Diagnostic,
    ErrorCategory,
    PageFinding,
    PagesChecked,
    PagesState,
    Severity,
)
from common.database import Database
from common.messaging.consumer import Delivery, Subscription, consume
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import (
    BUILD_FINISHED_SUBJECT,
    BUILD_PREVIEW,
    BUILD_PRODUCTION,
    BUILD_STARTED_SUBJECT,
    DEPLOY,
    DEPLOYMENT_FINISHED_SUBJECT,
    DEPLOYMENT_PROGRESSED_SUBJECT,
    PAGES_CHECKED_SUBJECT,
    Consumer,
)
from common.objects import ObjectStore
from common.settings import S3Settings
from dev.stack.config import StackConfig
from dev.stack.stack import Stack
from orchestrator.db import teams
from orchestrator.usecases.keys import digest_of
from tests.neighbours import Neighbour
from tests.patience import patiently
from tests.system.api import Api

SECONDS = 120.0
OTHER_KEY = "osk_key-of-another-team"
PARTS = frozenset({"postgres", "nats", "edge", "simulator", "templates", "orchestrator"})
SCRIPTS = Path(__file__).with_name("scripts")
QUICK = "A list of birds [[script:quick]]"
LEISURELY = "A list of birds [[script:leisurely]]"

C = TypeVar("C", bound=Contract)


@dataclass
class World:
    """The running parts, and what the orchestrator has asked of the builder and the deployer.

    `scripts`: where the simulator finds the tests' scripts, and those that a test puts there.
    """

    stack: Stack
    api: Api
    other: Api
    bus: Bus
    builder: Neighbour
    deployer: Neighbour
    data: Neighbour
    scripts: Path
    asked: list[BuildRequested | DeployRequested] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def hear(self, delivery: Delivery[Any]) -> None:
        async with self.changed:
            self.asked.append(delivery.message)
            self.changed.notify_all()

    def builds(self, app: str) -> list[BuildRequested]:
        """Each build asked for the app that somebody waits for, once, in order."""
        return [asked for asked in self._asked(app) if not asked.speculative]

    def speculative(self, app: str) -> list[BuildRequested]:
        """Each build asked for while the model was still writing, once, in order."""
        return [asked for asked in self._asked(app) if asked.speculative]

    def _asked(self, app: str) -> list[BuildRequested]:
        asked = (one for one in self.asked if isinstance(one, BuildRequested) and one.app_id == app)
        return list({one.build_id: one for one in asked}.values())

    def deployments(self, app: str) -> list[DeployRequested]:
        """Each deployment the deployer could begin with, once, in order."""
        asked = (one for one in self.asked if isinstance(one, DeployRequested) and one.app_id == app)
        return list({one.deployment_id: one for one in asked if one.artifact}.values())

    async def build(self, app: str, nth: int = 1) -> BuildRequested:
        """The app's nth build, once it is asked for."""
        await self._until(app, lambda: len(self.builds(app)) >= nth)
        return self.builds(app)[nth - 1]

    async def build_of(self, app: str, build_id: str) -> BuildRequested:
        """The build with that id, once it is asked for."""

        def found() -> list[BuildRequested]:
            return [one for one in self._asked(app) if one.build_id == build_id]

        await self._until(app, lambda: bool(found()))
        return found()[0]

    async def deployment(self, app: str, nth: int = 1) -> DeployRequested:
        await self._until(app, lambda: len(self.deployments(app)) >= nth)
        return self.deployments(app)[nth - 1]

    async def live(self, app: str, nth: int = 1, failed: int = 0) -> DeployRequested:
        """Plays both: the app's nth build is green and goes live, as the nth less those that `failed`."""
        await self.say(green(await self.build(app, nth)))
        return await self.deploy(app, nth - failed)

    async def deploy(self, app: str, nth: int = 1) -> DeployRequested:
        """Plays the deployer: the app's nth deployment goes live."""
        asked = await self.deployment(app, nth)
        await self.say(deployed(asked))
        return asked

    async def rollback(self, app: str) -> DeployRequested:
        """The first deployment of something that was live before, once it is asked for."""

        def found() -> list[DeployRequested]:
            return [one for one in self.deployments(app) if one.rollback_of]

        await self._until(app, lambda: bool(found()))
        return found()[0]

    async def live_after_repair(self, app: str) -> None:
        """Likewise for an app whose first build has failed."""
        await self.say(green(await self.build(app, 2)))
        await self.deploy(app)

    async def say(
        self,
        message: BuildStarted | BuildFinished | PagesChecked | DeploymentProgressed | DeploymentFinished,
        *,
        seen: bool = True,
    ) -> None:
        """Publishes an event as the builder or the deployer does.

        A green build is looked at in a browser, which has nothing to say against it, unless not `seen`.
        """
        subject = {
            BuildStarted: BUILD_STARTED_SUBJECT,
            BuildFinished: BUILD_FINISHED_SUBJECT,
            PagesChecked: PAGES_CHECKED_SUBJECT,
            DeploymentProgressed: DEPLOYMENT_PROGRESSED_SUBJECT,
            DeploymentFinished: DEPLOYMENT_FINISHED_SUBJECT,
        }[type(message)]
        body, headers = message.model_dump_json().encode(), envelope("tests", message)
        await patiently(lambda: self.bus.publish(subject, body, headers))
        if seen and isinstance(message, BuildFinished) and message.artifact is not None:
            await self.say(pages(message))

    async def data_asked(self, app: str, times: int, line: str = "") -> None:
        """Once the data service has been asked about the app so often."""

        def often() -> bool:
            return sum(app in one and line in one for one in self.data.requests) >= times

        async with asyncio.timeout(SECONDS), self.data.heard:
            await self.data.heard.wait_for(often)

    async def app(self, prompt: str = QUICK) -> tuple[str, str]:
        """A new app whose first run has gone live, and the id of that run."""
        app, run = await self.api.create_app(prompt)
        await self.live(app)
        await self.api.succeeded(app, run)
        return app, run

    async def model_requests(self, script: str) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(base_url=self.stack.simulator_url, trust_env=False) as http:
            logged = (await http.get("/__sim/requests")).json()["requests"]
        return [entry for entry in logged if entry["script"] == script]

    async def asked_model(self, app: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """What the app's runs lately asked the model, in order: what the vendor noted of it, and the body."""
        async with httpx.AsyncClient(base_url=self.stack.simulator_url, trust_env=False) as http:
            found = []
            for entry in (await http.get("/__sim/requests")).json()["requests"]:
                body = (await http.get(f"/__sim/requests/{entry['id']}")).json()
                if body is not None and app in {body.get("prompt_cache_key"), _user(body)}:
                    found.append((entry, body))
        return found

    def objects(self) -> ObjectStore:
        secrets = self.stack.credentials
        return ObjectStore(
            S3Settings(
                s3_endpoint_url=self.stack.edge_s3_url,
                s3_access_key_id=SecretStr(secrets["s3_access_key_id"]),
                s3_secret_access_key=SecretStr(secrets["s3_secret_access_key"]),
            )
        )

    def database(self) -> Database:
        return Database(SecretStr(self.stack.database_url("orchestrator")), "orchestrator")

    async def _until(self, app: str, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(SECONDS), self.changed:
                await self.changed.wait_for(condition)
        except TimeoutError:
            runs = (await self.api.get(f"/v1/apps/{app}/runs"))["items"]
            pytest.fail(f"nothing was asked of builder or deployer; the app's newest run: {runs[0]}")


def _user(body: dict[str, Any]) -> str | None:
    return (body.get("metadata") or {}).get("user_id")


@asynccontextmanager
async def world(folder: Path, **settings: str) -> AsyncIterator[World]:
    """Everything running; `settings` are the orchestrator's."""
    for part in (folder, *folder.parents[:2]):
        part.chmod(0o755)  # the database runs as another user
    scripts = Path(shutil.copytree(SCRIPTS, folder / "scripts"))
    config = StackConfig.temporary(
        folder, only=PARTS, forked=True, orchestrator=settings, simulator={"SIMULATOR_SCRIPTS": str(scripts)}
    )
    async with (
        Stack(config) as stack,
        Neighbour(config.ports["builder"]) as builder,
        Neighbour(config.ports["deployer"]) as deployer,
        Neighbour(config.ports["data"]) as data,
        Api(stack.api_url, stack.api_key) as api,
        Api(stack.api_url, OTHER_KEY) as other,
    ):
        bus = Bus(SecretStr(stack.nats_url), "tests")
        made = World(stack, api, other, bus, builder, deployer, data, scripts)
        await add_other_team(made)
        try:
            async with Supervisor({"nats": bus.connect}) as supervisor:
                for consumer, contract in ASKED:
                    subscription = Subscription(consumer, contract, made.hear)
                    supervisor.start(consumer.name, functools.partial(consume, bus, subscription))
                await made.app()  # by then the model's SDK is loaded, which counts as waiting for it
                yield made
        finally:
            await bus.close()


ASKED: Sequence[tuple[Consumer, type[Contract]]] = (
    (BUILD_PREVIEW, BuildRequested),
    (BUILD_PRODUCTION, BuildRequested),
    (DEPLOY, DeployRequested),
)


async def add_other_team(made: World) -> None:
    database = made.database()
    async with database.begin() as session:
        team = await teams.add_team(session, "another")
        await teams.add_key(
            session, team_id=team.id, name="theirs", hint=OTHER_KEY[:10], digest=digest_of(OTHER_KEY)
        )
    await database.close()


def started(asked: BuildRequested) -> BuildStarted:
    return BuildStarted(build_id=asked.build_id, app_id=asked.app_id, run_id=asked.run_id, mode=asked.mode)


def green(asked: BuildRequested) -> BuildFinished:
    digest = hashlib.sha256(f"{asked.source_digest} {asked.mode}".encode()).hexdigest()
    artifact = Artifact(digest=digest, size=1000, file_count=3, total_bytes=3000)
    return BuildFinished(**_about(asked), state=BuildState.SUCCEEDED, artifact=artifact, log="built\n")


def red(
    asked: BuildRequested,
    message: str = "Type 'string' is not assignable to type 'number'.",
    *,
    category: ErrorCategory = ErrorCategory.TYPE,
) -> BuildFinished:
    diagnostic = Diagnostic(file="src/lib/quick.ts", line=1, column=14, code="TS2322", message=message)
    return BuildFinished(
        **_about(asked),
        state=BuildState.FAILED,
        category=category,
        message="The type check failed.",
        diagnostics=(diagnostic,),
        log=f"{message}\n",
    )


def pages(
    finished: BuildFinished, *findings: PageFinding, state: PagesState = PagesState.PASSED
) -> PagesChecked:
    """What the builder's browser saw of a green build; `findings` that are errors fail it."""
    assert finished.artifact is not None
    errors = [found for found in findings if found.severity is Severity.ERROR]
    return PagesChecked(
        build_id=finished.build_id,
        app_id=finished.app_id,
        run_id=finished.run_id,
        artifact_digest=finished.artifact.digest,
        state=PagesState.FAILED if errors else state,
        message=f"{errors[0].route}: {errors[0].message}" if errors else None,
        findings=findings,
        routes=("/",),
        duration_ms=700,
    )


def crash(message: str = "TypeError: birds is undefined") -> PageFinding:
    return PageFinding(
        kind="uncaught_error", severity=Severity.ERROR, message=message, route="/", widths=(390, 1280),
        file="src/pages/Home.tsx", line=2, column=5, frame="     2 | birds.map",
    )  # fmt: skip


def _about(asked: BuildRequested) -> dict[str, Any]:
    return {
        "build_id": asked.build_id,
        "app_id": asked.app_id,
        "run_id": asked.run_id,
        "mode": BuildMode(asked.mode),
        "duration_ms": 900,
    }


def verifying(asked: DeployRequested) -> DeploymentProgressed:
    return DeploymentProgressed(
        deployment_id=asked.deployment_id,
        app_id=asked.app_id,
        run_id=asked.run_id,
        environment=asked.environment,
        phase="verifying",
    )


def waiting(asked: DeployRequested, code: str, until: datetime) -> DeploymentProgressed:
    return DeploymentProgressed(
        deployment_id=asked.deployment_id,
        app_id=asked.app_id,
        run_id=asked.run_id,
        environment=asked.environment,
        phase="waiting",
        waiting=DeploymentWaiting(until=until, code=code, message=f"For {code}."),
    )


def deployed(asked: DeployRequested, **fields: Any) -> DeploymentFinished:
    return _finished(
        asked,
        state=DeploymentState.DEPLOYED,
        url=f"http://{asked.app_id}-{asked.environment}.test",
        script_bytes=200_000,
        **fields,
    )


def superseded(asked: DeployRequested, by: str) -> DeploymentFinished:
    url = f"http://{asked.app_id}-{asked.environment}.test"
    return _finished(asked, state=DeploymentState.SUPERSEDED, url=url, superseded_by=by)


def undeployable(
    asked: DeployRequested, code: str = "script_too_large", *diagnostics: Diagnostic
) -> DeploymentFinished:
    problem = DeploymentProblem(code=code, message="It could not go live.", diagnostics=diagnostics)
    return _finished(asked, state=DeploymentState.FAILED, problem=problem)


def _finished(asked: DeployRequested, **fields: Any) -> DeploymentFinished:
    return DeploymentFinished(
        deployment_id=asked.deployment_id,
        app_id=asked.app_id,
        run_id=asked.run_id,
        environment=asked.environment,
        version=asked.version,
        duration_ms=800,
        **fields,
    )
