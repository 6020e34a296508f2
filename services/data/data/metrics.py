"""The data service's own metrics."""

from prometheus_client import Gauge

REALMS = Gauge("realms", "Environments of apps that have a database, of all replicas", ["shard"])
