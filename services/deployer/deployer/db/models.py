"""Tables of the schema `deployer`."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.database import NAMING
from common.deletion import DeletedAppMixin
from common.keyring import Sealed
from common.messaging.outbox import OutboxMixin
from common.work import Attempted, Leased
from deployer.domain.secrets import Public


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Outbox(OutboxMixin, Base):
    pass


class DeletedApp(DeletedAppMixin, Base):
    pass


class Deployment(Attempted, Base):
    """One request to put an artifact live. `served_as` is the deployment whose script it serves.

    `secrets_digest` is the fingerprint of the variables that it is live with, `uploaded_secrets` of those
    that its last upload took along.

    Nobody begins another attempt before `retry_at`; the problem is then why the one before it ended.
    `traceparent` is of the request. `files_known`: `deployment_files` has all that it needs of R2.

    `migrations` is what its app's database must be at, `approved` those of them that may lose data;
    `database` is what its page is told of where that is.
    """

    __tablename__ = "deployments"
    __table_args__ = (
        Index("ix_deployments_app_environment", "app_id", "environment", "id"),
        Index(
            "ix_deployments_open",
            "updated_at",
            postgresql_where=text("state IN ('pending', 'building', 'deploying')"),
        ),
        Index("ix_deployments_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
        Index(
            "ix_deployments_files_unknown",
            "id",
            postgresql_where=text("NOT files_known AND state IN ('deploying', 'deployed', 'rolled_back')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    app_id: Mapped[str] = mapped_column(String(12))
    environment: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(Integer)
    run_id: Mapped[str | None] = mapped_column(String(40))
    build_id: Mapped[str | None] = mapped_column(String(40))
    artifact: Mapped[str | None] = mapped_column(String(64))
    rollback_of: Mapped[str | None] = mapped_column(String(40))
    migrations: Mapped[str | None] = mapped_column(String(64))
    approved: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    database: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(String(20))
    retry_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    traceparent: Mapped[str | None] = mapped_column(String(55))

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    building_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    pending_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deploying_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rolled_back_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    steps_ms: Mapped[dict[str, float]] = mapped_column(JSONB, default=dict)

    url: Mapped[str | None] = mapped_column(String(300))
    version_id: Mapped[str | None] = mapped_column(String(64))
    served_as: Mapped[str | None] = mapped_column(String(40))
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    uploaded_secrets: Mapped[str | None] = mapped_column(String(100))
    secrets_digest: Mapped[str | None] = mapped_column(String(100))
    script_bytes: Mapped[int | None] = mapped_column(Integer)
    embedded_files: Mapped[int] = mapped_column(Integer, default=0)
    stored_files: Mapped[int] = mapped_column(Integer, default=0)
    stored_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    files_known: Mapped[bool] = mapped_column(default=False, server_default=false())
    replaced: Mapped[str | None] = mapped_column(String(40))
    superseded_by: Mapped[str | None] = mapped_column(String(40))
    problem_code: Mapped[str | None] = mapped_column(String(60))
    problem_message: Mapped[str | None] = mapped_column(Text)
    diagnostics: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )


class DeploymentFile(Base):
    """A file that R2 must hold for a deployment: one it serves from there, or one with a hash in its name.

    Those go on being served when other versions are live, to pages that were loaded before. A path that
    begins with `/` is no file of the app but the listing of others.
    """

    __tablename__ = "deployment_files"
    __table_args__ = (Index("ix_deployment_files_digest", "digest"),)

    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(Text)
    hashed: Mapped[bool] = mapped_column()


class StoredObject(Base):
    """An object of the assets bucket, known before it is stored and until it is gone.

    `stored_at`: since when it is known to be there. `sweep_at`: when it is removed unless a deployment needs
    it by then. `deleting`: that has begun, and is begun again at `sweep_at` if nobody has said that it is
    done; only then can a deployment have it again.
    """

    __tablename__ = "objects"
    __table_args__ = (
        Index("ix_objects_sweep_at", "sweep_at", postgresql_where=text("sweep_at IS NOT NULL")),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sweep_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deleting: Mapped[bool] = mapped_column(default=False, server_default=false())


class Installation(Base):
    """Under which name this deployer and its replicas have told a bucket that they keep objects there."""

    __tablename__ = "installations"

    bucket: Mapped[str] = mapped_column(String(63), primary_key=True)
    id: Mapped[str] = mapped_column(String(40))


class Environment(Leased, Base):
    """One app in one environment: what is live, and the lease of whoever changes that.

    From `unsettled_since` on Cloudflare may serve something else. `in_flight_until`: so long a request that
    was given up may still take effect there. With either, `settle_at` says when it is looked at next, and
    `settle_attempts` counts how often it has been.
    """

    __tablename__ = "environments"
    __table_args__ = (
        Index("ix_environments_settle_at", "settle_at", postgresql_where=text("settle_at IS NOT NULL")),
    )

    app_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    environment: Mapped[str] = mapped_column(String(20), primary_key=True)
    live: Mapped[str | None] = mapped_column(String(40))
    subdomain_enabled: Mapped[bool] = mapped_column(default=False)
    secret_names: Mapped[list[str]] = mapped_column(JSONB, default=list)
    deleting: Mapped[bool] = mapped_column(default=False)
    unsettled_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    unsettled_reason: Mapped[str | None] = mapped_column(Text)
    in_flight_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settle_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settle_attempts: Mapped[int] = mapped_column(default=0, server_default="0")


class SecretEvent(Base):
    """What was done to an environment's secrets, by whom: names, never values."""

    __tablename__ = "secret_events"
    __table_args__ = (
        Index("ix_secret_events_environment", "app_id", "environment", "id"),
        Index("ix_secret_events_at", "at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    app_id: Mapped[str] = mapped_column(String(12))
    environment: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    action: Mapped[str] = mapped_column(String(20))
    names: Mapped[list[str]] = mapped_column(JSONB)
    source: Mapped[str | None] = mapped_column(String(20))
    deployment_id: Mapped[str | None] = mapped_column(String(40))
    team_id: Mapped[str | None] = mapped_column(String(40))
    key_id: Mapped[str | None] = mapped_column(String(40))


class AppSecret(Base):
    """A variable of an environment: a secret, encrypted with AES-GCM under the key `key_id` of SECRETS_KEYS,
    or a public one, whose `value` is JSON.
    """

    __tablename__ = "app_secrets"
    __table_args__ = (
        Index("ix_app_secrets_key_id", "key_id"),
        CheckConstraint("(sealed IS NULL) = (value IS NOT NULL)", "either"),
        CheckConstraint("(sealed IS NULL) = (key_id IS NULL)", "key"),
    )

    app_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    environment: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None] = mapped_column(String(16), server_default="1")
    value: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    def content(self) -> Sealed | Public:
        """What it is set to."""
        if self.sealed is None or self.key_id is None:
            return Public(self.value or "null")
        return Sealed(self.key_id, self.sealed)


class CallBudget(Base):
    """An account's budget of calls to Cloudflare: a token bucket. Nothing is refilled before `filled_at`."""

    __tablename__ = "call_budgets"

    account_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    blocked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
