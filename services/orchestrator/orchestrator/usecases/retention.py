"""What each of the orchestrator's stores keeps, and what removes the rest."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from common.clock import utcnow
from common.contracts import SOURCES, artifact_key
from common.database import Database
from common.messaging import inbox, outbox
from common.objects import ObjectStore
from common.retention import BATCH, Removal, Rule, older_than
from orchestrator.db import idempotency
from orchestrator.db import retention as store
from orchestrator.db.models import IdempotentRequest, Inbox, Outbox

FOR_THE_ACCOUNTS = "for ever, for the accounts; of a deleted app only what it has cost"
AS_LONG_AS_THE_APP = "as long as its app"


@dataclass(frozen=True)
class Ages:
    """How long something is kept after its end."""

    conversations: timedelta
    events: timedelta
    deployments: timedelta
    sources: timedelta


def rules(ages: Ages, objects: ObjectStore) -> dict[str, Rule]:
    """By table, and `sources/` of the bucket. `builds` come after `deployments`, which hold them."""
    conversation = "CONVERSATIONS_KEEP_DAYS after its run's end"
    return {
        "teams": Rule("for ever"),
        "api_keys": Rule("as long as its team; a revoked one so that it stays revoked"),
        "apps": Rule(FOR_THE_ACCOUNTS),
        "runs": Rule(
            f"{FOR_THE_ACCOUNTS}; working copy and opening {conversation}",
            store.conversations(ages.conversations),
        ),
        "turns": Rule(FOR_THE_ACCOUNTS),
        "usage_totals": Rule(FOR_THE_ACCOUNTS),
        "turn_blocks": Rule(conversation),
        "tool_results": Rule(conversation),
        "messages": Rule(AS_LONG_AS_THE_APP),
        "versions": Rule(AS_LONG_AS_THE_APP),
        "blobs": Rule(f"as long as a version has it; else {conversation}"),
        "events": Rule(
            "EVENTS_KEEP_DAYS after its run's end; those of an app's last run as long as the app",
            store.events(ages.events),
        ),
        "deployments": Rule(
            "DEPLOYMENTS_KEEP_DAYS after its end, and while it is live", store.deployments(ages.deployments)
        ),
        "builds": Rule(
            "DEPLOYMENTS_KEEP_DAYS after its end, and as long as a deployment of it; with its artifact",
            _builds(ages.deployments, objects),
        ),
        "idempotent_requests": Rule(
            "24 hours", older_than(IdempotentRequest, IdempotentRequest.created_at, idempotency.KEEP)
        ),
        "inbox": Rule("8 days", older_than(Inbox, Inbox.received_at, inbox.KEEP)),
        "outbox": Rule(
            "until NATS has the message; 30 days what NATS refuses",
            older_than(Outbox, Outbox.failed_at, outbox.KEEP_DEAD),
        ),
        SOURCES: Rule("SOURCES_KEEP_DAYS", _sources(ages.sources, objects)),
    }


def _builds(age: timedelta, objects: ObjectStore) -> Removal:
    """Rows go first: an artifact that a crash then leaves behind goes with its app, one missed would fail."""

    async def remove(db: Database) -> AsyncIterator[int]:
        removed = BATCH
        while removed == BATCH:
            async with db.begin() as session:
                gone = await store.forget_builds(session, age)
            for build in set(gone):
                async with db.begin() as session:
                    kept = build.artifact is None or await store.needs_artifact(session, build)
                if not kept and build.artifact is not None:
                    await objects.delete(artifact_key(build.app_id, build.artifact))
            removed = len(gone)
            yield removed

    return remove


def _sources(age: timedelta, objects: ObjectStore) -> Removal:
    """A source is needed from its storing to the end of its build; who needs an old one stores it anew."""

    async def remove(db: Database) -> AsyncIterator[int]:
        before = utcnow() - age
        async for page in objects.entries(SOURCES):
            old = {entry.key for entry in page if entry.modified < before}
            async with db.begin() as session:
                old -= await store.needed_sources(session)
            removed = 0
            for key in old:
                # Asked again: the listing may be minutes old by the time the last of its keys is reached.
                modified = await objects.modified(key)
                if modified is not None and modified < before:
                    await objects.delete(key)
                    removed += 1
            yield removed

    return remove
