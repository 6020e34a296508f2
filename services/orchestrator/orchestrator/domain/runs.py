"""The ways between the states of a run."""

from common.contracts import RunState

FINAL = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})
ACTIVE = frozenset(RunState) - FINAL - {RunState.QUEUED}

_FORWARD: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.PREPARING}),
    RunState.PREPARING: frozenset({RunState.GENERATING}),
    RunState.GENERATING: frozenset({RunState.CHECKING}),
    RunState.CHECKING: frozenset({RunState.RECOVERING, RunState.DEPLOYING}),
    RunState.RECOVERING: frozenset({RunState.CHECKING}),
    RunState.DEPLOYING: frozenset({RunState.VERIFYING, RunState.SUCCEEDED}),
    RunState.VERIFYING: frozenset({RunState.SUCCEEDED}),
}
"""Deploying may end at once: the deployment's final message can overtake the one that says `verifying`."""


def can_move(a: RunState, b: RunState) -> bool:
    """Whether a run in state `a` may enter `b`. Every state that is not final may fail or be cancelled."""
    if a in FINAL:
        return False
    return b in {RunState.FAILED, RunState.CANCELLED} or b in _FORWARD[a]
