"""Metrics of the orchestrator's own ideas."""

from prometheus_client import Counter, Gauge, Histogram

RUNS = Counter("runs_total", "Runs that ended, by state and version of the prompt", ["state", "prompt"])
RUN_SECONDS = Histogram(
    "run_seconds", "From the message to the end of its run", ["state"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800),
)  # fmt: skip
TURNS = Counter("model_turns_total", "Requests to models", ["model", "billing_class", "outcome"])
TOKENS = Counter("model_tokens_total", "Tokens, by direction", ["model", "direction"])
RECOVERIES = Counter("recoveries_total", "Failed builds given back to the model", ["category"])
REPAIRS = Counter("repairs_total", "Failed builds that were built again after repairs without a model")
FALLBACKS = Counter(
    "model_fallbacks_total", "Runs that went on with another model, as their own was out", ["former", "model"]
)
TEMPLATE_CHOICES = Counter(
    "template_choices_total",
    "Templates of new apps that named none, by who has chosen: the model, or the default stands for it",
    ["template", "by"],
)
MODEL_OPEN = Gauge("model_circuit_open", "1 for models that fail and are left alone", ["model"])
FOLLOWERS = Gauge("event_followers", "Open event streams")
BUDGET_ALERTS = Counter("budget_alerts_total", "Budgets used so far, told once", ["scope", "threshold"])
REFUSALS = Counter("team_refusals_total", "Messages and runs that a limit of their team refused", ["code"])
