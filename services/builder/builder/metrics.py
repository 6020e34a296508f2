"""Prometheus metrics of the builder."""

from prometheus_client import Counter, Gauge, Histogram

BUILDS = Counter("builds_total", "Builds that came to an end", ["mode", "outcome"])
BUILD_SECONDS = Histogram(
    "build_seconds",
    "From the claim of a build to its end",
    ["mode"],
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 15, 45, 180),
)
WARM_SANDBOXES = Gauge("warm_sandboxes", "Sandboxes kept for the next builds of their apps")
WARM_BYTES = Gauge("warm_sandboxes_bytes", "Memory of the sandboxes kept for the next builds of their apps")
WARM_BROWSERS = Gauge("warm_browsers", "Browsers kept for the next versions of their apps")
PAGE_CHECKS = Counter("page_checks_total", "Browser checks that came to an end", ["state"])
PAGE_CHECK_SECONDS = Histogram(
    "page_check_seconds",
    "Time of looking at one app in the browser",
    buckets=(0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60),
)
LEFTOVERS = Counter(
    "leftovers_removed_total", "What builders that were killed have left behind, by kind", ["kind"]
)
RESOLUTIONS = Counter(
    "package_resolutions_total", "Requests for packages of an app's own, by how they ended", ["outcome"]
)
STEP_SECONDS = Histogram(
    "build_step_seconds",
    "Time of one step of a build",
    ["step"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 15, 60),
)
QUEUE_LENGTH = Gauge("queue_length", "Builds that wait, of all replicas together", ["priority"])
QUEUE_AGE_SECONDS = Gauge("queue_oldest_age_seconds", "How long the oldest waiting build waits", ["priority"])
RUNNING_TEAMS = Gauge("running_teams", "Teams that have a running build, of all replicas together")
RUNNING_BUILDS = Gauge("running_builds", "Running builds, of all replicas together", ["priority"])
WAIT_SECONDS = Histogram(
    "build_wait_seconds",
    "From a request's arrival to the claim of its build",
    ["priority"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 45, 180),
)
REUSED = Counter("builds_reused_total", "Builds that got the result of another one of the same input")
SUPERSEDED = Counter("builds_superseded_total", "Speculative builds dropped for a newer one of their app")
EVICTED = Counter("builds_evicted_total", "Speculative builds that gave their slot to a build waited for")

PRIORITIES = ("preview", "production", "speculative")


def priority(mode: str, *, speculative: bool) -> str:
    """The label of a build: its mode, or that nobody waits for it."""
    return "speculative" if speculative else mode
