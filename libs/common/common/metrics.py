"""Prometheus metrics that every service has."""

from prometheus_client import Counter, Gauge, Histogram

HTTP_SECONDS = Histogram(
    "http_request_seconds",
    "Time to answer a request",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
MESSAGES = Counter("messages_total", "Messages handled, by outcome", ["consumer", "outcome"])
MESSAGE_SECONDS = Histogram(
    "message_seconds",
    "Time to handle a message",
    ["consumer"],
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 45, 180, 600),
)
OUTBOX_PUBLISHED = Counter("outbox_published_total", "Messages published from the outbox", ["subject"])
OUTBOX_DEAD = Gauge("outbox_dead", "Messages that could never be published and lie in the outbox")
RETENTION_REMOVED = Counter("retention_removed_total", "What was removed as its time was over", ["store"])
OUTBOX_AGE_SECONDS = Gauge("outbox_oldest_age_seconds", "Age of the oldest message not yet published")
