"""What each of the builder's tables keeps."""

from datetime import timedelta

from builder.db.models import Build, Cancellation, DeletedApp, Outbox
from common import deletion
from common.messaging import outbox
from common.retention import Rule, older_than


def rules(*, builds: timedelta) -> dict[str, Rule]:
    """By table. `builds`: how long a build is kept after its end."""
    return {
        "builds": Rule("BUILDS_KEEP_DAYS after its end", older_than(Build, Build.finished_at, builds)),
        "page_checks": Rule("as long as its build"),
        "cancellations": Rule("8 days", older_than(Cancellation, Cancellation.cancelled_at, deletion.KEEP)),
        "deleted_apps": Rule("8 days", older_than(DeletedApp, DeletedApp.deleted_at, deletion.KEEP)),
        "package_sets": Rule("for good: a version of an app may be built again at any time"),
        "outbox": Rule(
            "until NATS has the message; 30 days what NATS refuses",
            older_than(Outbox, Outbox.failed_at, outbox.KEEP_DEAD),
        ),
    }
