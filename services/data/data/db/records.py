"""Tables of what is done for realms: their dumps and restores, what they use, how full the shards are."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from common.work import Leased
from data.db.models import Base


class Work(Leased):
    """Columns of a piece of work that is `pending` until it is `done` or `failed`; the problem says why."""

    state: Mapped[str] = mapped_column(String(20), default="pending")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Dump(Work, Base):
    """A realm's rows, users and migrations as an object of the bucket.

    `stamp` tells one content of the realm from another; `bytes` and `digest` are the stored object's.
    """

    __tablename__ = "dumps"
    __table_args__ = (
        Index("ix_dumps_app", "app_id", "id"),
        Index("ix_dumps_ref", "ref", "created_at"),
        Index("ix_dumps_pending", "created_at", postgresql_where=text("state = 'pending'")),
        Index("ix_dumps_expires_at", "expires_at"),
        Index(
            "ix_dumps_scheduled",
            "ref",
            unique=True,
            postgresql_where=text("state = 'pending' AND reason = 'scheduled'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ref: Mapped[str] = mapped_column(String(32))
    app_id: Mapped[str] = mapped_column(String(12))
    environment: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))
    stamp: Mapped[str | None] = mapped_column(String(100))
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    digest: Mapped[str | None] = mapped_column(String(64))
    rows: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Restore(Work, Base):
    """A dump put back into the realm `ref`; `backup` is the dump of what was there before."""

    __tablename__ = "restores"
    __table_args__ = (
        Index("ix_restores_app", "app_id", "id"),
        Index("ix_restores_pending", "created_at", postgresql_where=text("state = 'pending'")),
        Index("ix_restores_finished", "finished_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ref: Mapped[str] = mapped_column(String(32))
    app_id: Mapped[str] = mapped_column(String(12))
    environment: Mapped[str] = mapped_column(String(20))
    dump_id: Mapped[str] = mapped_column(String(40))
    backup: Mapped[str | None] = mapped_column(String(40))
    rows: Mapped[int | None] = mapped_column(BigInteger)


class Usage(Base):
    """What a realm has used in an hour, as all replicas have counted it; `told_at`: its event is sent.

    The newest row says how much the realm stores.
    """

    __tablename__ = "usage"
    __table_args__ = (Index("ix_usage_untold", "hour", postgresql_where=text("told_at IS NULL")),)

    ref: Mapped[str] = mapped_column(String(32), primary_key=True)
    hour: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    rows: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    bytes_out: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    active_users: Mapped[int] = mapped_column(default=0, server_default="0")
    storage_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ShardLoad(Leased, Base):
    """What a shard holds, as last measured by whoever has the lease. `away_since`: it does not answer."""

    __tablename__ = "shards"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    tables: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    connections: Mapped[int] = mapped_column(default=0, server_default="0")
    max_connections: Mapped[int | None] = mapped_column()
    measured_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    away_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
