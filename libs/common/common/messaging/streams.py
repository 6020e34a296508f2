"""Every stream and consumer, declared once; services declare them at start, so any may come first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

DAY = 24 * 3600.0
# Tokens without white space and wildcards.
_PUBLISHABLE = re.compile(r"[^\s.*>]+(\.[^\s.*>]+)*")


@dataclass(frozen=True)
class Stream:
    """`retention` is JetStream's: `workqueue` drops what was acknowledged, `limits` keeps it `max_age` s.

    Every one of `subjects` ends in `.>`. `max_bytes` of the disk are reserved at once; 0 reserves nothing and
    leaves the limit to the server. `setting` is the variable that changes it.
    """

    name: str
    subjects: tuple[str, ...]
    retention: str
    max_age: float
    max_bytes: int
    setting: str

    def takes(self, subject: str) -> bool:
        """Whether a message may be published to the stream under the subject."""
        if not _PUBLISHABLE.fullmatch(subject):
            return False
        return any(subject.startswith(pattern.removesuffix(">")) for pattern in self.subjects)

    def probe_subject(self, service: str) -> str:
        """Where a service sees whether the stream still stores anything."""
        return f"{self.subjects[0].removesuffix('>')}probe.{service}"


@dataclass(frozen=True)
class Consumer:
    """A durable pull consumer with explicit acknowledgement; `ack_wait` in seconds, renewed by heartbeats.

    After `max_failures` of its handler, counted by each process, a message is a dead letter. One that is
    older than `patience` seconds and was delivered more often than that is one too, whatever the reason.
    """

    name: str
    stream: Stream
    subject: str
    ack_wait: float = 15.0
    max_failures: int = 8
    patience: float = 3600.0


WORK = Stream("WORK", ("work.>",), "workqueue", 7 * DAY, 16 * 1024**2, "NATS_WORK_BYTES")
EVENTS = Stream("EVENTS", ("events.>",), "limits", 7 * DAY, 32 * 1024**2, "NATS_EVENTS_BYTES")
DLQ = Stream("DLQ", ("dlq.>",), "limits", 30 * DAY, 16 * 1024**2, "NATS_DLQ_BYTES")
STREAMS = (WORK, EVENTS, DLQ)

RUN_SUBJECT = "work.run"
BUILD_SUBJECTS = {"preview": "work.build.preview", "production": "work.build.production"}
DEPLOY_SUBJECT = "work.deploy"

BUILD_STARTED_SUBJECT = "events.builder.build.started"
BUILD_FINISHED_SUBJECT = "events.builder.build.finished"
PAGES_CHECKED_SUBJECT = "events.builder.pages.checked"
DEPLOYMENT_PROGRESSED_SUBJECT = "events.deployer.deployment.progressed"
DEPLOYMENT_FINISHED_SUBJECT = "events.deployer.deployment.finished"
RUN_FINISHED_SUBJECT = "events.orchestrator.run.finished"
BUDGET_ALERT_SUBJECT = "events.orchestrator.budget.alerted"
DATA_USAGE_SUBJECT = "events.data.usage.recorded"

RUN = Consumer("orchestrator-run", WORK, RUN_SUBJECT)
BUILD_PREVIEW = Consumer("builder-preview", WORK, BUILD_SUBJECTS["preview"])
BUILD_PRODUCTION = Consumer("builder-production", WORK, BUILD_SUBJECTS["production"])
DEPLOY = Consumer("deployer-deploy", WORK, DEPLOY_SUBJECT)
ORCHESTRATOR_BUILD_STARTED = Consumer("orchestrator-build-started", EVENTS, BUILD_STARTED_SUBJECT)
ORCHESTRATOR_BUILD_FINISHED = Consumer("orchestrator-build-finished", EVENTS, BUILD_FINISHED_SUBJECT)
ORCHESTRATOR_PAGES_CHECKED = Consumer("orchestrator-pages-checked", EVENTS, PAGES_CHECKED_SUBJECT)
ORCHESTRATOR_DEPLOYMENT_PROGRESSED = Consumer(
    "orchestrator-deployment-progressed", EVENTS, DEPLOYMENT_PROGRESSED_SUBJECT
)
ORCHESTRATOR_DEPLOYMENT_FINISHED = Consumer(
    "orchestrator-deployment-finished", EVENTS, DEPLOYMENT_FINISHED_SUBJECT
)
CONSUMERS = (
    RUN,
    BUILD_PREVIEW,
    BUILD_PRODUCTION,
    DEPLOY,
    ORCHESTRATOR_BUILD_STARTED,
    ORCHESTRATOR_BUILD_FINISHED,
    ORCHESTRATOR_PAGES_CHECKED,
    ORCHESTRATOR_DEPLOYMENT_PROGRESSED,
    ORCHESTRATOR_DEPLOYMENT_FINISHED,
)


def sized(sizes: Mapping[str, int]) -> tuple[Stream, ...]:
    """The streams with the sizes that were set, by the name of their setting."""
    return tuple(replace(stream, max_bytes=sizes[stream.setting]) for stream in STREAMS)


def build_log_subject(build_id: str) -> str:
    """The core NATS subject of a build's live log lines."""
    return f"logs.build.{build_id}"


def live_subject(app_id: str) -> str:
    """The core NATS subject of an app's passing events."""
    return f"live.app.{app_id}"


def dead_letter_subject(consumer: Consumer) -> str:
    """Where the messages go that this consumer gave up, in the stream DLQ."""
    return f"dlq.{consumer.name}"
