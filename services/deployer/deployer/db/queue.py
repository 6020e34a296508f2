"""The queue: whose deployment is next; the caller owns the transaction."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Float, String, all_, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from common import work
from common.contracts import DeploymentState
from deployer.db.deployments import READY, is_ready
from deployer.db.models import AppSecret, Deployment, Environment
from deployer.domain.deployment import Kind

CHANNEL = "deployer_queue"
"""Postgres notifies on it, after the commit, that there may be a deployment to begin with."""

OURS = secrets.token_hex(8)
"""What the notifications of this process say, which knows without them."""


async def announce(session: AsyncSession) -> None:
    """Wakes every other deployer once the caller's transaction commits."""
    await session.execute(text("SELECT pg_notify(:channel, :ours)"), {"channel": CHANNEL, "ours": OURS})


@dataclass(frozen=True)
class Keys:
    """The ids of the keys of secrets that this deployer has.

    What needs another it leaves for `seconds` to deployers that may have it: if it took that up first each
    time, it would keep it from them. Not for ever, as a key that nobody has is to be told.
    """

    ids: Collection[str]
    seconds: float


async def next_environment(
    session: AsyncSession,
    *,
    after: Kind | None = None,
    full: Collection[Kind] = (),
    keys: Keys | None = None,
) -> tuple[str, str] | None:
    """The app and environment whose deployment is next, locked; None when there is none to begin with.

    First those of the other kind than `after`, which had its turn; none of the kinds in `full`. Then who has
    waited longest, since its request or since the environment's deployment before it was begun: one app's
    many requests do not delay another's.
    """
    choice = {
        "after_preview": after is Kind.PREVIEW,
        "previews": Kind.PREVIEW not in full,
        "releases": Kind.RELEASE not in full,
        "keys": None if keys is None else list(keys.ids),
        "seconds": 0.0 if keys is None else keys.seconds,
    }
    found = (await session.execute(_NEXT, choice)).first()
    return None if found is None else (found.app_id, found.environment)


async def waiting(session: AsyncSession) -> dict[Kind, tuple[int, float]]:
    """By kind how many deployments wait, and for how long the first of them has, in seconds."""
    begun = and_(Deployment.state == DeploymentState.DEPLOYING, Deployment.retry_at.is_(None))
    first = func.min(func.coalesce(Deployment.pending_at, Deployment.created_at))
    query = (
        select(Deployment.environment, func.count(), func.extract("epoch", func.now() - first))
        .where(Deployment.state.in_(READY), ~begun)
        .group_by(Deployment.environment)
    )
    found = dict.fromkeys(Kind, (0, 0.0))
    for environment, count, age in (await session.execute(query)).all():
        kind = Kind.of(environment)
        found[kind] = (found[kind][0] + count, max(found[kind][1], float(age)))
    return found


def _oldest() -> Any:
    """Of every environment with deployments that may be begun the oldest of them.

    One that waits for its next attempt keeps no later one from going live, which supersedes it then.
    """
    return (
        select(
            Deployment.app_id,
            Deployment.environment,
            Deployment.id,
            func.coalesce(Deployment.pending_at, Deployment.created_at).label("since"),
            func.coalesce(Deployment.retry_at, Deployment.pending_at, Deployment.created_at).label("free"),
        )
        .ext(distinct_on(Deployment.app_id, Deployment.environment))
        .where(is_ready())
        .order_by(Deployment.app_id, Deployment.environment, Deployment.id)
        .subquery()
    )


def _begun_before(oldest: Any) -> Any:
    """When the environment's deployment before its oldest was begun."""
    earlier = aliased(Deployment)
    return (
        select(earlier.deploying_at)
        .where(
            earlier.app_id == oldest.c.app_id,
            earlier.environment == oldest.c.environment,
            earlier.id < oldest.c.id,
        )
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _for_others(oldest: Any) -> Any:
    """Whether its secrets need a key that this deployer does not have, and another may take it up soon."""
    missing = AppSecret.key_id != all_(bindparam("keys", type_=ARRAY(String())))
    needs = exists().where(
        AppSecret.app_id == oldest.c.app_id, AppSecret.environment == oldest.c.environment, missing
    )
    age = func.extract("epoch", func.now() - oldest.c.free)
    return and_(needs, age < bindparam("seconds", type_=Float()))


def _next() -> Any:
    oldest = _oldest()
    preview = Environment.environment == Kind.PREVIEW.value
    same_kind = preview == bindparam("after_preview", type_=Boolean())
    allowed = or_(
        and_(preview, bindparam("previews", type_=Boolean())),
        and_(~preview, bindparam("releases", type_=Boolean())),
    )
    return (
        select(Environment.app_id, Environment.environment)
        .join(
            oldest,
            and_(oldest.c.app_id == Environment.app_id, oldest.c.environment == Environment.environment),
        )
        .where(work.is_free(Environment), ~Environment.deleting, allowed, ~_for_others(oldest))
        .order_by(same_kind, func.greatest(oldest.c.since, _begun_before(oldest)), oldest.c.id)
        .limit(1)
        .with_for_update(of=Environment, skip_locked=True)
    )


_NEXT = _next()
"""Made once: to put it together takes longer than Postgres needs for it."""
