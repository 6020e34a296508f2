"""Alembic's entry: the deployer's tables."""

from common.database import run_migrations
from deployer.db.models import Base

run_migrations(Base.metadata)
