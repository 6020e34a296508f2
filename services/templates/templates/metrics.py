"""Metrics of this service."""

from prometheus_client import Gauge

PUBLISH_FAILURES = Gauge(
    "templates_publish_failures", "Bundled templates that could not be published at the last start"
)
