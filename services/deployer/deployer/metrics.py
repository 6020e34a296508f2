"""The deployer's own metrics."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)

DEPLOYMENTS = Counter("deployments_total", "Finished deployments", ["environment", "state", "code"])
DEPLOYMENTS_DELAYED = Counter(
    "deployments_delayed_total", "Deployments given back to the queue", ["environment", "code"]
)
DEPLOYMENTS_WAITING = Gauge(
    "deployments_waiting",
    "Deployments that wait for their turn or their next attempt, of all replicas",
    ["kind"],
)
DEPLOYMENTS_WAITING_AGE = Gauge(
    "deployments_waiting_oldest_age_seconds",
    "How long the first of those that wait could have been live",
    ["kind"],
)
DEPLOYMENT_SECONDS = Histogram("deployment_seconds", "Claimed to finished", ["environment"], buckets=_SECONDS)
STEP_SECONDS = Histogram("deployment_step_seconds", "One step of a deployment", ["step"], buckets=_SECONDS)
SCRIPT_BYTES = Histogram(
    "script_bytes",
    "Size of uploaded scripts",
    buckets=(50_000, 100_000, 200_000, 400_000, 600_000, 800_000, 900_000),
)
ENVIRONMENTS_UNSETTLED = Gauge(
    "environments_unsettled",
    "Environments of which it is not certain what Cloudflare serves, of all replicas",
)
ENVIRONMENTS_UNSETTLED_AGE = Gauge(
    "environments_unsettled_oldest_age_seconds",
    "How long the first of the unsettled environments has been so",
)
CLOUDFLARE_CALLS = Counter("cloudflare_calls_total", "Requests to Cloudflare's API", ["method", "status"])
CALLS_LEFT = Gauge("cloudflare_calls_left", "Calls that could be made at once, as last seen here")
CLOUDFLARE_SECONDS = Histogram("cloudflare_call_seconds", "One request", ["method"], buckets=_SECONDS)
SECRETS_BY_KEY = Gauge("secrets_by_key", "Secrets sealed under another key than the first", ["key_id"])
OBJECTS = Gauge("objects", "Objects that R2 is known to hold, of all replicas", ["need"])
OBJECTS_BYTES = Gauge("objects_bytes", "Their bytes", ["need"])
OBJECTS_SWEPT = Counter("objects_swept_total", "Objects removed from R2 that nobody needed")
OBJECTS_SWEPT_BYTES = Counter("objects_swept_bytes_total", "Their bytes")
OBJECTS_ADOPTED = Counter("objects_adopted_total", "Objects found in R2 that were not known of")
OBJECTS_LOST = Counter("objects_lost_total", "Objects that R2 was known to hold and does not")
NEEDS_UNKNOWN = Gauge("deployments_needs_unknown", "1 while nobody knows what some deployment needs of R2")
BUCKET_INSTALLATIONS = Gauge("assets_bucket_installations", "Installations that store in the assets bucket")
