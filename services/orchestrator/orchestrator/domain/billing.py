"""Who pays for a turn of a model, and why."""

from enum import StrEnum


class BillingClass(StrEnum):
    """`user` is billed, the others are not."""

    USER = "user"
    REPAIR = "repair"
    PLATFORM = "platform"


REASONS = {
    BillingClass.USER: (
        "What was asked for, answers in mere words too, and repairs beyond what is free of each run."
    ),
    BillingClass.REPAIR: "Repairs of what the model got wrong, as far as they are free.",
    BillingClass.PLATFORM: (
        "Runs that the platform or the model's vendor failed, requests that it lost, upgrades, and the "
        "request for a new app's template."
    ),
}
