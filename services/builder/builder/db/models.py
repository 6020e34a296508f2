"""Tables of the schema `builder`."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.contracts import Artifact, TemplateRef
from common.database import NAMING, TemplateRefType
from common.deletion import DeletedAppMixin
from common.messaging.outbox import OutboxMixin
from common.work import Attempted, Leased

_RESULT = (
    "state", "category", "message", "diagnostics", "problems", "problem_files", "fixes", "log",
    "artifact_digest", "artifact_size", "artifact_files", "artifact_total_bytes",
)  # fmt: skip


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Outbox(OutboxMixin, Base):
    pass


class DeletedApp(DeletedAppMixin, Base):
    pass


class Cancellation(Base):
    """That a build was cancelled, which its request may come after."""

    __tablename__ = "cancellations"

    build_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    cancelled_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), index=True
    )


class Build(Leased, Attempted, Base):
    """One requested build, its lease while somebody works on it, and what came of it.

    Nobody begins another attempt before `retry_at`. `traceparent` is of the request that it goes on with.
    """

    __tablename__ = "builds"
    __table_args__ = (
        Index("ix_builds_app", "app_id", "id"),
        Index("ix_builds_open", "app_id", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_builds_input", "app_id", "source_digest", "template", "mode"),
        Index("ix_builds_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    app_id: Mapped[str] = mapped_column(String(12))
    team_id: Mapped[str] = mapped_column(String(40), server_default="")
    run_id: Mapped[str | None] = mapped_column(String(40))
    mode: Mapped[str] = mapped_column(String(20))
    source_digest: Mapped[str] = mapped_column(String(64))
    template: Mapped[TemplateRef] = mapped_column(TemplateRefType)
    speculative: Mapped[bool] = mapped_column(server_default=false())
    state: Mapped[str] = mapped_column(String(20))
    retry_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    traceparent: Mapped[str | None] = mapped_column(String(55))

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    duration_ms: Mapped[int | None] = mapped_column(Integer)
    steps_ms: Mapped[dict[str, float]] = mapped_column(JSONB, default=dict)
    category: Mapped[str | None] = mapped_column(String(20))
    message: Mapped[str | None] = mapped_column(Text)
    diagnostics: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    problems: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    problem_files: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    fixes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    artifact_digest: Mapped[str | None] = mapped_column(String(64))
    artifact_size: Mapped[int | None] = mapped_column(BigInteger)
    artifact_files: Mapped[int | None] = mapped_column(Integer)
    artifact_total_bytes: Mapped[int | None] = mapped_column(BigInteger)
    log: Mapped[str] = mapped_column(Text, default="", deferred=True)
    cpu_seconds: Mapped[float | None]
    memory_byte_seconds: Mapped[float | None]

    def adopt(self, other: "Build") -> None:
        """Takes over the result of another build of the same input."""
        for column in _RESULT:
            setattr(self, column, getattr(other, column))

    @property
    def artifact(self) -> Artifact | None:
        """None before there is one and for what failed."""
        if self.artifact_digest is None:
            return None
        return Artifact(
            digest=self.artifact_digest,
            size=self.artifact_size or 0,
            file_count=self.artifact_files or 0,
            total_bytes=self.artifact_total_bytes or 0,
        )

    @artifact.setter
    def artifact(self, made: Artifact) -> None:
        self.artifact_digest, self.artifact_size = made.digest, made.size
        self.artifact_files, self.artifact_total_bytes = made.file_count, made.total_bytes


class PageCheck(Leased, Attempted, Base):
    """A green build to be looked at in a browser; `result` is the message that tells what was seen."""

    __tablename__ = "page_checks"
    __table_args__ = (Index("ix_page_checks_open", "created_at", postgresql_where=text("result IS NULL")),)

    build_id: Mapped[str] = mapped_column(
        String(40), ForeignKey(Build.id, ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    retry_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class PackageSet(Base):
    """Packages that were resolved for apps of a template, by the digest of their package files.

    `packages` are those beside the template's, `wanted` the names that were asked for. `advisories` is what
    was known against them at `audited_at`; None: no database of advisories could be asked yet. One was tried
    at `audit_tried_at`.
    """

    __tablename__ = "package_sets"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    template: Mapped[TemplateRef] = mapped_column(TemplateRefType)
    packages: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    wanted: Mapped[list[str]] = mapped_column(JSONB)
    advisories: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    audited_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    audit_tried_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
