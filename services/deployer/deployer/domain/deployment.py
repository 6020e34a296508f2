"""Names, states and the order of deployments."""

from enum import StrEnum


class State(StrEnum):
    """`deployed` was verified live, `rolled_back` was live until a rollback replaced it."""

    PENDING = "pending"
    BUILDING = "building"
    DEPLOYING = "deploying"
    DEPLOYED = "deployed"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"


FINAL = frozenset({State.DEPLOYED, State.FAILED, State.ROLLED_BACK})
ONCE_LIVE = frozenset({State.DEPLOYED, State.ROLLED_BACK})
ENVIRONMENTS = ("preview", "staging", "production")


def script_name(app_id: str, environment: str) -> str:
    """The Worker's name, also the first label of the app's address."""
    return app_id if environment == "production" else f"{app_id}-{environment}"


def next_state(state: State | None, *, ready: bool) -> State:
    """The state after a request: a deployment only moves forward, whatever the order of arrival.

    `ready` says that there is something to put live: an artifact, or a deployment to roll back to.
    """
    if state is None or state is State.BUILDING:
        return State.PENDING if ready else State.BUILDING
    return state


def app_url(template: str, *, script: str, subdomain: str) -> str:
    return template.format(script=script, subdomain=subdomain).rstrip("/")
