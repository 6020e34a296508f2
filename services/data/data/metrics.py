"""The data service's own metrics."""

from prometheus_client import Counter, Gauge

REALMS = Gauge("realms", "Environments of apps that have a database, of all replicas", ["shard"])
MAILS = Counter("mails_total", "Mails of sign-in by what became of them", ["outcome"])
SECRETS_UNREADABLE = Gauge(
    "provider_secrets_unreadable", "Secrets of providers that no key of SECRETS_KEYS opens", ["key_id"]
)
