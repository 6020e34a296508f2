"""The ways between the states of a run."""

from common.contracts import RunState

FINAL = frozenset(
    {RunState.SUCCEEDED, RunState.ANSWERED, RunState.WAITING, RunState.FAILED, RunState.CANCELLED}
)
"""In these a run has ended. One that waits holds nothing up: answers begin another run."""

ACTIVE = frozenset(RunState) - FINAL - {RunState.QUEUED}

_FORWARD: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.PREPARING}),
    RunState.PREPARING: frozenset({RunState.GENERATING}),
    RunState.GENERATING: frozenset({RunState.CHECKING, RunState.ANSWERED, RunState.WAITING}),
    RunState.CHECKING: frozenset({RunState.RECOVERING, RunState.DEPLOYING}),
    RunState.RECOVERING: frozenset({RunState.CHECKING, RunState.ANSWERED, RunState.WAITING}),
    RunState.DEPLOYING: frozenset({RunState.VERIFYING, RunState.RECOVERING, RunState.SUCCEEDED}),
    RunState.VERIFYING: frozenset({RunState.RECOVERING, RunState.SUCCEEDED}),
}
"""Deploying may end at once: the deployment's final message can overtake the one that says `verifying`.

A browser looks at the pages meanwhile, and what it finds may lead back to the model from both. A repair that
takes back all that the run has changed leaves nothing to build.
"""


def can_move(a: RunState, b: RunState) -> bool:
    """Whether a run in state `a` may enter `b`.

    Every state that is not final may fail or be cancelled; of the final ones, questions may be withdrawn.
    """
    if a == RunState.WAITING:
        return b == RunState.CANCELLED
    if a in FINAL:
        return False
    return b in {RunState.FAILED, RunState.CANCELLED} or b in _FORWARD[a]
