"""The time, always in UTC and aware of it."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    return datetime.now(UTC)
