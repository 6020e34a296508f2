"""Prometheus metrics of the builder."""

from prometheus_client import Counter, Histogram

BUILDS = Counter("builds_total", "Builds that came to an end", ["mode", "outcome"])
BUILD_SECONDS = Histogram(
    "build_seconds",
    "From the claim of a build to its end",
    ["mode"],
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 15, 45, 180),
)
LEFTOVERS = Counter(
    "leftovers_removed_total", "What builders that were killed have left behind, by kind", ["kind"]
)
STEP_SECONDS = Histogram(
    "build_step_seconds",
    "Time of one step of a build",
    ["step"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 15, 60),
)
