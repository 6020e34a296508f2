"""Tables of a service that exists only in tests: its state, its outbox and its inbox."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import DateTime, MetaData, String, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.database import NAMING, Database
from common.messaging.inbox import InboxMixin
from common.messaging.outbox import OutboxMixin
from common.work import Attempted, Leased

SCHEMA = "shop"
MIGRATIONS = Path(__file__).parent / "migrations"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class OutboxRow(OutboxMixin, Base):
    pass


class InboxRow(InboxMixin, Base):
    pass


class Thing(Base):
    __tablename__ = "things"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)


class Job(Leased, Attempted, Base):
    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


async def empty(db: Database) -> None:
    async with db.begin() as session:
        await session.execute(text("TRUNCATE things, jobs, outbox, inbox"))


async def things(db: Database) -> set[str]:
    async with db.begin() as session:
        return set((await session.execute(text("SELECT name FROM things"))).scalars())
