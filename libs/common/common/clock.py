"""The time, always in UTC and aware of it."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The time now, aware of its zone: Postgres and all messages have UTC."""
    return datetime.now(UTC)
