"""Workers and R2 buckets by Cloudflare's v4 API."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any, Protocol

import httpx

from common.http import http_client
from deployer.clients.api import Api, RetryPolicy
from deployer.clients.budget import CallBudget
from deployer.clients.envelope import failed_code
from deployer.clients.multipart import script_form
from deployer.domain.script import MAIN_MODULE, Script
from deployer.errors import CloudflareAbsent, CloudflareRejected
from deployer.settings import Settings

BUCKET_EXISTS = 10004
UNANSWERED_SECONDS = 3600.0  # longer than anybody holds a script


@dataclass(frozen=True)
class ScriptUpload:
    """What one version of a Worker is made of; `tag` finds it again."""

    script: Script
    tag: str
    compatibility_date: str
    bucket: str
    variables: Mapping[str, str]
    secrets: Mapping[str, str]

    def metadata(self) -> dict[str, Any]:
        """The part `metadata` of an upload, as Cloudflare's API describes it."""
        return {
            "main_module": MAIN_MODULE,
            "compatibility_date": self.compatibility_date,
            "compatibility_flags": ["nodejs_compat"],
            "bindings": [
                {"type": "r2_bucket", "name": "ASSETS", "bucket_name": self.bucket},
                *(
                    {"type": "plain_text", "name": name, "text": text}
                    for name, text in self.variables.items()
                ),
                *({"type": "secret_text", "name": name, "text": text} for name, text in self.secrets.items()),
            ],
            "annotations": {"workers/tag": self.tag, "workers/message": f"Deployment {self.tag}"},
            "observability": {"enabled": True},
        }


class Workers(Protocol):
    """What the deployer asks of Cloudflare."""

    async def upload(self, name: str, upload: ScriptUpload) -> str:
        """Put a new version of the Worker live; its version id."""

    async def find_version(self, name: str, tag: str) -> str | None:
        """The newest version uploaded under the tag, if any."""

    async def live_version(self, name: str) -> str | None:
        """The version that serves now; None without a Worker."""

    async def activate(self, name: str, version_id: str, reason: str) -> None:
        """Put an earlier version live; raises CloudflareAbsent when it is no longer kept."""

    async def remove_secrets(self, name: str, secrets: Collection[str]) -> str | None:
        """Drop secrets that an upload kept (it drops none by itself); the version id that lives then."""

    async def enable_subdomain(self, name: str) -> None:
        """Let the Worker answer under the account's workers.dev name."""

    async def account_subdomain(self) -> str:
        """The account's name under workers.dev; asked once and remembered."""

    async def ensure_bucket(self, name: str) -> None:
        """Make the R2 bucket unless it is there; asked once and remembered."""

    async def delete(self, name: str) -> None:
        """Remove the Worker; no error when there is none."""

    def unanswered(self, name: str, since: float) -> bool:
        """Whether a change of the Worker sent since then (monotonic) got no answer: it may come late."""


class CloudflareWorkers(Workers):
    """`Workers` by HTTP. Changes of one script never run side by side."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}
        self._unanswered: dict[str, float] = {}
        self._subdomain: str | None = None
        self._buckets: set[str] = set()

    async def upload(self, name: str, upload: ScriptUpload) -> str:
        body, content_type = await asyncio.to_thread(script_form, upload.metadata(), upload.script.modules)
        async with self._alone(name):
            result = await self._api.call(
                "PUT",
                f"/workers/scripts/{name}",
                what=f"accept the script {name}",
                unanswered=partial(self._note_unanswered, name),
                params={"excludeScript": "true", "bindings_inherit": "strict"},
                content=body,
                headers={"content-type": content_type},
            )
            version = result.get("deployment_id") if isinstance(result, dict) else None
            version = str(uuid.UUID(version)) if version else await self.live_version(name)
        if version is None:
            raise CloudflareRejected(f"Cloudflare accepted the script {name} but names no version of it.")
        return version

    async def find_version(self, name: str, tag: str) -> str | None:
        try:
            result = await self._api.call(
                "GET", f"/workers/scripts/{name}/versions", what=f"list the versions of {name}"
            )
        except CloudflareAbsent:
            return None
        for item in (result or {}).get("items") or ():
            if (item.get("annotations") or {}).get("workers/tag") == tag:
                return str(item["id"])
        return None

    async def live_version(self, name: str) -> str | None:
        try:
            result = await self._api.call(
                "GET", f"/workers/scripts/{name}/deployments", what=f"list the deployments of {name}"
            )
        except CloudflareAbsent:
            return None
        for deployment in (result or {}).get("deployments") or ():
            versions = deployment.get("versions") or [{}]
            return str(versions[0].get("version_id"))
        return None

    async def activate(self, name: str, version_id: str, reason: str) -> None:
        async def already_done() -> bool:
            return await self.live_version(name) == version_id

        async with self._alone(name):
            await self._api.call(
                "POST",
                f"/workers/scripts/{name}/deployments",
                what=f"put version {version_id} of {name} live again",
                already_done=already_done,
                unanswered=partial(self._note_unanswered, name),
                # Secrets travel with each version, so one from before a change is what is asked for.
                params={"force": "true"},
                json={
                    "strategy": "percentage",
                    "versions": [{"version_id": version_id, "percentage": 100}],
                    "annotations": {"workers/message": reason},
                },
            )

    async def remove_secrets(self, name: str, secrets: Collection[str]) -> str | None:
        async with self._alone(name):
            await self._api.call(
                "PATCH",
                f"/workers/scripts/{name}/secrets-bulk",
                what=f"remove secrets of {name}",
                unanswered=partial(self._note_unanswered, name),
                json={"secrets": dict.fromkeys(secrets)},
            )
            return await self.live_version(name)

    async def enable_subdomain(self, name: str) -> None:
        await self._api.call(
            "POST",
            f"/workers/scripts/{name}/subdomain",
            what=f"give {name} its address",
            json={"enabled": True, "previews_enabled": False},
        )

    async def account_subdomain(self) -> str:
        if self._subdomain is None:
            result = await self._api.call("GET", "/workers/subdomain", what="name the account's subdomain")
            self._subdomain = str(result["subdomain"])
        return self._subdomain

    async def ensure_bucket(self, name: str) -> None:
        if name in self._buckets:
            return
        try:
            await self._api.call("POST", "/r2/buckets", what=f"create the bucket {name}", json={"name": name})
        except CloudflareRejected as error:
            if failed_code(error) != BUCKET_EXISTS:
                raise
        self._buckets.add(name)

    async def delete(self, name: str) -> None:
        async with self._alone(name):
            try:
                await self._api.call(
                    "DELETE",
                    f"/workers/scripts/{name}",
                    what=f"delete {name}",
                    unanswered=partial(self._note_unanswered, name),
                    params={"force": "true"},
                )
            except CloudflareAbsent:
                return

    def unanswered(self, name: str, since: float) -> bool:
        return self._unanswered.get(name, -inf) >= since

    def _note_unanswered(self, name: str) -> None:
        now = time.monotonic()
        remembered = {key: at for key, at in self._unanswered.items() if at > now - UNANSWERED_SECONDS}
        self._unanswered = {**remembered, name: now}

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        lock, waiting = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[name]
            if waiting == 1:
                del self._locks[name]
            else:
                self._locks[name] = (lock, waiting - 1)


@asynccontextmanager
async def cloudflare(settings: Settings, budget: CallBudget) -> AsyncIterator[CloudflareWorkers]:
    """The client of the configured account, whose calls spend the budget."""
    policy = RetryPolicy(
        settings.cloudflare_timeout_seconds,
        settings.cloudflare_retry_seconds,
        settings.cloudflare_wait_seconds,
    )
    timeout = httpx.Timeout(settings.cloudflare_timeout_seconds, connect=5.0)
    async with http_client(
        settings.cloudflare_api_url, token=settings.cloudflare_api_token, timeout=timeout
    ) as client:
        yield CloudflareWorkers(Api(client, settings.cloudflare_account_id, policy, budget))
