"""What each of the deployer's tables keeps."""

from datetime import timedelta

from sqlalchemy import exists, or_
from sqlalchemy.orm import aliased

from common import deletion
from common.messaging import outbox
from common.retention import Rule, older_than
from deployer.db.models import DeletedApp, Deployment, Environment, Outbox, SecretEvent


def rules(*, deployments: timedelta, secret_events: timedelta) -> dict[str, Rule]:
    """By table. `deployments`: how long one is kept after its end, and can be rolled back to."""
    live = aliased(Deployment)
    in_use = exists().where(
        Environment.app_id == Deployment.app_id,
        Environment.live == live.id,
        or_(live.id == Deployment.id, live.rollback_of == Deployment.id),
    )
    return {
        "deployments": Rule(
            "DEPLOYMENTS_KEEP_DAYS after its end, and while it is live",
            older_than(Deployment, Deployment.finished_at, deployments, ~in_use),
        ),
        "deployment_files": Rule("as long as its deployment, unless that fails"),
        "objects": Rule(
            "as long as a deployment needs it, and OBJECTS_GRACE_DAYS longer unless its app is deleted"
        ),
        "installations": Rule("one row for each assets bucket"),
        "environments": Rule("as long as its app"),
        "app_secrets": Rule("as long as its app, unless deleted by its users"),
        "secret_events": Rule(
            "SECRET_EVENTS_KEEP_DAYS, not longer than its app",
            older_than(SecretEvent, SecretEvent.at, secret_events),
        ),
        "call_budgets": Rule("one row, as long as the account is used"),
        "deleted_apps": Rule("8 days", older_than(DeletedApp, DeletedApp.deleted_at, deletion.KEEP)),
        "outbox": Rule(
            "until NATS has the message; 30 days what NATS refuses",
            older_than(Outbox, Outbox.failed_at, outbox.KEEP_DEAD),
        ),
    }
