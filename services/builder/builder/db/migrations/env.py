"""Alembic's entry: the builder's tables."""

from builder.db.models import Base
from common.database import run_migrations

run_migrations(Base.metadata)
