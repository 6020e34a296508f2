"""The deployer's own metrics."""

from prometheus_client import Counter, Histogram

_SECONDS = (0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)

DEPLOYMENTS = Counter("deployments_total", "Finished deployments", ["environment", "state", "code"])
DEPLOYMENT_SECONDS = Histogram("deployment_seconds", "Claimed to finished", ["environment"], buckets=_SECONDS)
STEP_SECONDS = Histogram("deployment_step_seconds", "One step of a deployment", ["step"], buckets=_SECONDS)
SCRIPT_BYTES = Histogram(
    "script_bytes",
    "Size of uploaded scripts",
    buckets=(50_000, 100_000, 200_000, 400_000, 600_000, 800_000, 900_000),
)
CLOUDFLARE_CALLS = Counter("cloudflare_calls_total", "Requests to Cloudflare's API", ["method", "status"])
CLOUDFLARE_SECONDS = Histogram("cloudflare_call_seconds", "One request", ["method"], buckets=_SECONDS)
