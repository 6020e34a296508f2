"""The data service's own metrics."""

from prometheus_client import Counter, Gauge

REALMS = Gauge("realms", "Environments of apps that have a database, of all replicas", ["shard"])
MAILS = Counter("mails_total", "Mails of sign-in by what became of them", ["outcome"])
SECRETS_BY_KEY = Gauge("secrets_by_key", "Secrets that no key of SECRETS_KEYS opens", ["key_id"])
