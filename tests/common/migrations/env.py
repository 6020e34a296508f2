"""Migrations of the tables that the tests of `common` keep."""

from common.database import run_migrations
from tests.common.tables import Base

run_migrations(Base.metadata)
