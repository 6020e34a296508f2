"""The deployments that run in this process, and how many more may."""

from collections import Counter

from common.slots import Slots
from deployer.domain.deployment import Kind


class DeploymentSlots(Slots[Kind]):
    """Never all of one kind: what one deployment waits for may take long."""

    @property
    def full(self) -> frozenset[Kind]:
        """The kinds that have all they may have of this process."""
        kinds = Counter(self.running.values())
        return frozenset(kind for kind, running in kinds.items() if running >= self.share)
