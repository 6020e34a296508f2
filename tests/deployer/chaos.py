"""Deploys apps by a deployer that is killed and an API that fails, and watches what visitors get."""

import asyncio
import hashlib
import random
import re
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from common.ids import new_id
from tests.deployer.artifacts import noise, page
from tests.deployer.service import World, asked, new_app

MARKER = "x-overskill-deployment"
SETTINGS = {
    "CLOUDFLARE_TIMEOUT_SECONDS": "4",
    "CLOUDFLARE_RETRY_SECONDS": "6",
    "CLOUDFLARE_WAIT_SECONDS": "1",
    "LEASE_SECONDS": "2",
}
MOST_OPEN = 2
MOST_FAULTS = 3
LATEST_MS = 2500  # within CLOUDFLARE_TIMEOUT_SECONDS, the latest that the deployer reckons with
CALLS = (
    ("PUT", ""), ("PUT", ""), ("PUT", ""), ("POST", "/deployments"), ("GET", "/deployments"),
    ("GET", "/versions"), ("POST", "/subdomain"), ("DELETE", ""),
)  # fmt: skip
ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')


def version_of_app(number: int) -> dict[str, bytes]:
    """A page that names two assets of its own: one is in the script, one in R2."""
    script, picture = f"console.log({number})".encode() * 50, noise(70_000, number)
    names = [f"assets/index-{hashlib.sha256(data).hexdigest()[:8]}" for data in (script, picture)]
    tags = (f'<script type="module" src="/{names[0]}.js"></script>', f'<img src="/{names[1]}.png">')
    return {
        "index.html": page(*tags, title=f"V{number}."),
        f"{names[0]}.js": script,
        f"{names[1]}.png": picture,
    }


def digests(files: dict[str, bytes]) -> dict[str, str]:
    """By path, as visitors ask for it."""
    return {f"/{path}": hashlib.sha256(data).hexdigest() for path, data in files.items()}


@dataclass
class Chaos:
    """One run. `seen` counts what happened; `wrong` collects what must never happen.

    `gone`: deployments an asset of which was away when their page had been replaced.
    """

    world: World
    rng: random.Random
    app_id: str
    script: str
    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    assets: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)

    async def deploy(self, number: int) -> None:
        """Ask for the next version, or for an earlier one again, and wait for its end if that comes soon.

        Of those that do not come to an end only a few are asked for.
        """
        if len(self.sent - self.world.ended()) > MOST_OPEN:
            await asyncio.sleep(0.1)
            return
        files = version_of_app(number)
        self.assets |= digests(files)
        earlier = [item for item in await self.deployments() if item["state"] == "deployed"]
        fields: dict[str, Any] = {"artifact": await self.world.upload(self.app_id, files), "version": number}
        if earlier and self.rng.random() < 0.2:
            target = self.rng.choice(earlier)
            fields = {"rollback_of": target["rollback_of"] or target["id"], "version": target["version"]}
        request = asked(self.app_id, deployment_id=new_id("dep"), **fields)
        self.sent.add(request.deployment_id)
        await self.world.send(request)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.rng.uniform(0.3, 6)):
                await self.world.finished(request.deployment_id)

    async def deployments(self) -> list[dict[str, Any]]:
        """As the API tells them, newest first; none while the deployer is down."""
        query = {"app_id": self.app_id, "limit": "100"}
        async with self.world.http() as http:
            try:
                answer = await http.get("/v1/deployments", params=query)
            except httpx.TransportError:
                return []
        items: list[dict[str, Any]] = answer.json()["items"] if answer.is_success else []
        return items

    async def make_orphan(self) -> None:
        """Begin with an app and delete it at whatever moment, or later if the deployer is down just then."""
        app_id, script = new_app()
        self.kept.add(app_id)
        artifact = await self.world.upload(app_id, version_of_app(0))
        await self.fault(script)
        await self.world.send(asked(app_id, artifact=artifact))
        await asyncio.sleep(self.rng.uniform(0, 3))
        await self.delete()

    async def delete(self) -> None:
        """Ask for the deletion of the apps that nobody has heard being asked for."""
        async with self.world.http() as http:
            for app_id in sorted(self.kept):
                with suppress(httpx.TransportError):
                    answer = await http.delete(f"/v1/apps/{app_id}")
                    self.seen[f"deletion: {answer.status_code}"] += 1
                    if answer.is_success:
                        self.kept.discard(app_id)
                        self.deleted.add(f"{app_id}-preview")

    async def fault(self, script: str) -> None:
        """Have the next request of some kind fail in some way. What has gathered by then is dropped."""
        async with self.world.edge.control() as control:
            if len((await control.get("/faults")).json()["faults"]) > MOST_FAULTS:
                await control.delete("/faults")
        late = self.rng.randrange(100, LATEST_MS)
        no, applied = {"status": 403, "body": "no"}, {"apply": True, "drop": True}
        kinds: dict[str, list[dict[str, Any]]] = {
            "lost answer": [applied] * self.rng.randrange(1, 5),
            "lost request": [{"drop": True}],
            "late": [{"late_ms": late}],
            "late, then refused": [{"late_ms": late}, *[no] * 3],
            "late, then away": [{"late_ms": late}, *[{"status": 500, "body": "no"}] * 6],
            "slow": [{"delay_ms": late}],
            "hangs": [{"hang": True}],
            "applied, called an error": [{"apply": True, "status": 500, "body": "no"}],
            "applied, called a refusal": [{"apply": True, **no}] * 3,
            "refused": [no] * self.rng.randrange(1, 4),
            "away": [{"status": 503, "body": "away"}] * self.rng.randrange(1, 10),
            "throttled": [{"status": 429, "headers": {"retry-after": "2"}, "body": "slow"}],
        }
        kind = self.rng.choice(list(kinds))
        method, path = self.rng.choice(CALLS)
        await self.world.fault(method, f"{script}{path}$", *kinds[kind])
        self.seen[f"fault: {kind}"] += 1

    async def kill(self) -> None:
        """SIGKILL at once or with the next request that the deployer sends; another takes over."""
        if self.rng.random() < 0.8:
            before = len(await self.world.api_calls())
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while len(await self.world.api_calls()) == before:
                        await asyncio.sleep(0.005)
        await asyncio.sleep(self.rng.choice((0, 0, 0.01, 0.05, 0.2)))
        self.world.stop(signal.SIGKILL)
        self.seen["SIGKILL"] += 1
        await self.world.start()

    async def visit(self) -> None:
        """Load the page as it is now and the assets that it names."""
        async with self.world.edge.app(self.script) as app:
            answer = await app.get("/")
            shown = answer.headers.get(MARKER)
            if answer.status_code != 200 or shown is None:
                self.wrong.append(f"the page answers {answer.status_code}: {answer.text[:200]}")
                return
            self.seen["pages"] += 1
            for path in ASSET.findall(answer.text):
                await self._visit_asset(app, path, shown)
        await asyncio.sleep(0.02)

    async def _visit_asset(self, app: httpx.AsyncClient, path: str, shown: str) -> None:
        answer = await app.get(path)
        self.seen["assets"] += 1
        if answer.headers.get(MARKER) != shown and answer.status_code == 404:
            self.gone.add(shown)
        elif hashlib.sha256(answer.content).hexdigest() != self.assets[path]:
            told = f"{answer.status_code}, {len(answer.content)} bytes, of {answer.headers.get(MARKER)}"
            self.wrong.append(f"{path} of {shown}: {told}")

    async def count_outcomes(self) -> None:
        """What became of the deployments, and how often something had to be put right."""
        items = await self.deployments()
        lost = self.gone & {item["id"] for item in items if item["state"] in {"deployed", "rolled_back"}}
        self.wrong += [f"an asset of {deployment_id} was gone" for deployment_id in lost]
        for item in items:
            self.seen[f"deployment: {item['state']} {(item['problem'] or {}).get('code', '')}".strip()] += 1
        log = self.world.log.read_text()
        for told in ("environment settled", "environment not settled", "environment left", "left alone"):
            self.seen[f"log: {told}"] = log.count(told)

    async def difference(self) -> str | None:
        """What the API says and Cloudflare does not serve, or what is not at its end; None when all agree."""
        await self.delete()
        for script in self.deleted:
            if (status := (await self.world.load(script)).status_code) != 404:
                return f"the deleted {script} answers {status}"
        items = await self.deployments()
        open_ones = [item for item in items if item["unsettled"] or item["finished_at"] is None]
        if open_ones or not items:
            told = [(item["state"], item["waiting"], item["unsettled"]) for item in open_ones]
            return f"not at an end: {told}"
        live = next(item for item in items if item["live"])
        text = (await self.world.load(self.script)).text
        return (
            None if f"V{live['version']}." in text else f"version {live['version']} is live, served is {text}"
        )
