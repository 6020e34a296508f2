"""The tables of what was built and deployed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from common.contracts import TemplateRef
from common.database import TemplateRefType
from orchestrator.db.base import APP_ID, DIGEST, ID, Base


class Build(Base):
    """A build asked of the builder, and its answers (`result`, a BuildFinished; `pages`, a PagesChecked).

    A `speculative` one is of files that a run was still writing; no user sees it.
    """

    __tablename__ = "builds"
    __table_args__ = (
        Index("ix_builds_app_id_id", "app_id", "id"),
        Index("ix_builds_tree", "app_id", "tree_digest", "mode"),
        Index("ix_builds_finished", "finished_at"),
        Index(
            "ix_builds_unfinished", "requested_at", postgresql_where=text("state IN ('queued', 'running')")
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"))
    run_id: Mapped[str | None] = mapped_column(ID)
    mode: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    tree_digest: Mapped[str] = mapped_column(DIGEST)
    source_digest: Mapped[str] = mapped_column(DIGEST)
    template: Mapped[TemplateRef] = mapped_column(TemplateRefType)
    speculative: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    artifact: Mapped[str | None] = mapped_column(DIGEST)
    result: Mapped[dict[str, Any] | None]
    pages: Mapped[dict[str, Any] | None]
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class Deployment(Base):
    """A deployment asked of the deployer, and what it answered (`result`, a DeploymentFinished).

    `migrations` names those of its version; `approved` are the paths of those that may lose data.

    `waiting` is what it had to wait for last, if it has not ended.

    `pages` is how the browser check of what it serves has ended, if it has.
    """

    __tablename__ = "deployments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["app_id", "version"], ["versions.app_id", "versions.number"], ondelete="CASCADE"
        ),
        Index("ix_deployments_app_id_id", "app_id", "id"),
        Index("ix_deployments_build_id", "build_id"),
        Index("ix_deployments_finished", "finished_at"),
        Index(
            "ix_deployments_deployed", "app_id", "environment", "id",
            postgresql_where=text("state = 'deployed'"),
        ),
        Index(
            "ix_deployments_unfinished", "requested_at",
            postgresql_where=text("state IN ('pending', 'building', 'deploying')"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    app_id: Mapped[str] = mapped_column(APP_ID)
    run_id: Mapped[str | None] = mapped_column(ID)
    environment: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    build_id: Mapped[str | None] = mapped_column(ID)
    rollback_of: Mapped[str | None] = mapped_column(ID)
    migrations: Mapped[str | None] = mapped_column(DIGEST)
    approved: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    url: Mapped[str | None] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None]
    waiting: Mapped[dict[str, Any] | None]
    pages: Mapped[str | None] = column_property(
        select(Build.pages["state"].astext)
        .where(Build.id == build_id)
        .correlate_except(Build)
        .scalar_subquery()
    )
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
