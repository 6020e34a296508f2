"""What each of the orchestrator's stores keeps, and what removes the rest."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.clock import utcnow
from common.contracts import ARTIFACTS, SOURCES, artifact_prefix
from common.database import Database
from common.messaging import inbox, outbox
from common.objects import ObjectStore
from common.retention import BATCH, Removal, Rule, older_than
from orchestrator.db import idempotency
from orchestrator.db import retention as store
from orchestrator.db.models import BudgetAlert, IdempotentRequest, Inbox, Outbox, Upload
from orchestrator.db.retention import LostBuild

FOR_THE_ACCOUNTS = "for ever, for the accounts; of a deleted app only what it has cost"
AS_LONG_AS_THE_APP = "as long as its app"

_ALERTS = timedelta(days=90)  # longer than a month, in which nobody is told twice
_ARTIFACT = re.compile(rf"^{ARTIFACTS}([a-z0-9]{{12}})/([0-9a-f]{{64}})\.")


@dataclass(frozen=True)
class Ages:
    """How long something is kept after its end."""

    conversations: timedelta
    events: timedelta
    deployments: timedelta
    sources: timedelta
    uploads: timedelta = timedelta(days=1)


def rules(ages: Ages, objects: ObjectStore) -> dict[str, Rule]:
    """By table, and by prefix of the bucket. `builds` come after `deployments`, which hold them."""
    conversation = "CONVERSATIONS_KEEP_DAYS after its run's end"
    return {
        "teams": Rule("for ever"),
        "api_keys": Rule("as long as its team; a revoked one so that it stays revoked"),
        "apps": Rule(FOR_THE_ACCOUNTS),
        "runs": Rule(
            f"{FOR_THE_ACCOUNTS}; working copy, draft and opening {conversation}",
            store.conversations(ages.conversations),
        ),
        **dict.fromkeys(("turns", "usage_totals", "monthly_usage"), Rule(FOR_THE_ACCOUNTS)),
        "budget_alerts": Rule("90 days", older_than(BudgetAlert, BudgetAlert.created_at, _ALERTS)),
        "turn_blocks": Rule(conversation),
        "tool_results": Rule(conversation),
        "messages": Rule(AS_LONG_AS_THE_APP),
        "uploads": _uploads(ages.uploads),
        "versions": Rule(AS_LONG_AS_THE_APP),
        "blobs": Rule(f"as long as a version or a draft has it; else {conversation}"),
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
        **_bucket(ages, objects),
    }


def _uploads(age: timedelta) -> Rule:
    return Rule(
        "as long as the app of the message that has it; UPLOADS_KEEP_DAYS what no message has",
        older_than(Upload, Upload.created_at, age, Upload.app_id.is_(None)),
    )


def _bucket(ages: Ages, objects: ObjectStore) -> dict[str, Rule]:
    return {
        SOURCES: Rule("SOURCES_KEEP_DAYS", _sources(ages.sources, objects)),
        ARTIFACTS: Rule(
            "with their thumbnails as long as a build has them; SOURCES_KEEP_DAYS what no build has",
            _orphans(ages.sources, objects),
        ),
    }


def _builds(age: timedelta, objects: ObjectStore) -> Removal:
    """Rows go first: an artifact that a crash then leaves behind is an orphan, one missed would fail."""

    async def remove(db: Database) -> AsyncIterator[int]:
        removed = BATCH
        while removed == BATCH:
            async with db.begin() as session:
                gone = await store.forget_builds(session, age)
            for build in set(gone):
                async with db.begin() as session:
                    kept = build.artifact is None or await store.needs_artifact(session, build)
                if not kept and build.artifact is not None:
                    await objects.delete_prefix(artifact_prefix(build.app_id, build.artifact))
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
            yield sum([await _delete_old(objects, key, before) for key in old])

    return remove


def _orphans(age: timedelta, objects: ObjectStore) -> Removal:
    """What no build has: of builds that were cancelled, of apps deleted meanwhile, of crashes between stores.

    While an app has an unfinished build, that one may be about to have it.
    """

    async def remove(db: Database) -> AsyncIterator[int]:
        before = utcnow() - age
        async for page in objects.entries(ARTIFACTS):
            old = [entry.key for entry in page if entry.modified < before]
            found = {key: LostBuild(match[1], match[2]) for key in old if (match := _ARTIFACT.match(key))}
            async with db.begin() as session:
                orphans = await store.without_build(session, set(found.values()))
            removed = 0
            for key, orphan in found.items():
                if orphan not in orphans:
                    continue
                async with db.begin() as session:  # again: it may be a while since the others were asked for
                    needed = await store.needs_artifact(session, orphan)
                removed += 0 if needed else await _delete_old(objects, key, before)
            yield removed

    return remove


async def _delete_old(objects: ObjectStore, key: str, before: datetime) -> int:
    """How many objects went.

    Its age is asked again: a listing may be minutes old by the time the last of its keys is reached.
    """
    modified = await objects.modified(key)
    if modified is None or modified >= before:
        return 0
    await objects.delete(key)
    return 1
