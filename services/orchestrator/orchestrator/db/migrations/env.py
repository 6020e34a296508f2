"""Alembic's entry: the orchestrator's tables."""

from common.database import run_migrations
from orchestrator.db.models import Base

run_migrations(Base.metadata)
