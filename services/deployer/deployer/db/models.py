"""Tables of the schema `deployer`."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, Integer, LargeBinary, MetaData, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.database import NAMING
from common.deletion import DeletedAppMixin
from common.messaging.outbox import OutboxMixin
from common.work import Attempted, Leased


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Outbox(OutboxMixin, Base):
    pass


class DeletedApp(DeletedAppMixin, Base):
    pass


class Deployment(Attempted, Base):
    """One request to put an artifact live. `served_as` is the deployment whose script it serves."""

    __tablename__ = "deployments"
    __table_args__ = (
        Index("ix_deployments_app_environment", "app_id", "environment", "id"),
        Index(
            "ix_deployments_open",
            "updated_at",
            postgresql_where=text("state IN ('pending', 'building', 'deploying')"),
        ),
        Index("ix_deployments_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    app_id: Mapped[str] = mapped_column(String(12))
    environment: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(Integer)
    run_id: Mapped[str | None] = mapped_column(String(40))
    build_id: Mapped[str | None] = mapped_column(String(40))
    artifact: Mapped[str | None] = mapped_column(String(64))
    rollback_of: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))

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
    secrets_digest: Mapped[str | None] = mapped_column(String(64))
    script_bytes: Mapped[int | None] = mapped_column(Integer)
    embedded_files: Mapped[int] = mapped_column(Integer, default=0)
    stored_files: Mapped[int] = mapped_column(Integer, default=0)
    stored_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    replaced: Mapped[str | None] = mapped_column(String(40))
    superseded_by: Mapped[str | None] = mapped_column(String(40))
    problem_code: Mapped[str | None] = mapped_column(String(60))
    problem_message: Mapped[str | None] = mapped_column(Text)


class Environment(Leased, Base):
    """One app in one environment: what is live, and the lease of whoever changes that."""

    __tablename__ = "environments"
    __table_args__ = (Index("ix_environments_deleting", "app_id", postgresql_where=text("deleting")),)

    app_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    environment: Mapped[str] = mapped_column(String(20), primary_key=True)
    live: Mapped[str | None] = mapped_column(String(40))
    subdomain_enabled: Mapped[bool] = mapped_column(default=False)
    secret_names: Mapped[list[str]] = mapped_column(JSONB, default=list)
    deleting: Mapped[bool] = mapped_column(default=False)


class AppSecret(Base):
    """A value bound to an app's Worker, encrypted with AES-GCM under the service's key."""

    __tablename__ = "app_secrets"

    app_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    environment: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
