"""The data service's own metrics."""

from prometheus_client import Counter, Gauge

REALMS = Gauge("realms", "Environments of apps that have a database, of all replicas", ["shard"])
MAILS = Counter("mails_total", "Mails of sign-in by what became of them", ["outcome"])
SECRETS_UNREADABLE = Gauge(
    "provider_secrets_unreadable", "Secrets of providers that no key of SECRETS_KEYS opens", ["key_id"]
)
DUMPS = Counter("dumps_total", "Dumps of apps' databases, by how they ended", ["reason", "outcome"])
DUMPS_BYTES = Counter("dumps_bytes_total", "Bytes of the stored dumps, compressed")
RESTORES = Counter("restores_total", "Restores of apps' databases, by how they ended", ["outcome"])
SHARD_USED = Gauge(
    "shard_used_ratio", "The part of its tables or bytes that is used, whatever is more", ["shard"]
)
SHARD_AWAY = Gauge("shard_away", "1 while a shard does not answer", ["shard"])
REALMS_FULL = Gauge("realms_full", "Databases of apps that have no room for more, of all replicas")
REALMS_REFUSED = Counter("realms_refused_total", "New databases that no shard had room for")
