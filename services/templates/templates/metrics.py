"""Metrics of this service."""

from prometheus_client import Gauge

PUBLISH_FAILURES = Gauge(
    "templates_publish_failures", "Bundled templates that could not be published at the last start"
)
DAMAGED_RELEASES = Gauge(
    "templates_damaged_releases",
    "Releases in the store that cannot be read whole, and are left out of all lists",
)
