"""Alembic's entry: the data service's own tables."""

from common.database import run_migrations
from data.db.records import Base

run_migrations(Base.metadata)
