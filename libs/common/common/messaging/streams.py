"""Every stream and consumer, declared once; services declare them at start, so any may come first."""

import re
from dataclasses import dataclass

DAY = 24 * 3600.0
# Tokens without white space and wildcards.
_PUBLISHABLE = re.compile(r"[^\s.*>]+(\.[^\s.*>]+)*")


@dataclass(frozen=True)
class Stream:
    """`retention` is JetStream's: `workqueue` drops what was acknowledged, `limits` keeps it `max_age` s.

    Every one of `subjects` ends in `.>`.
    """

    name: str
    subjects: tuple[str, ...]
    retention: str
    max_age: float
    max_bytes: int

    def takes(self, subject: str) -> bool:
        """Whether a message may be published to the stream under the subject."""
        if not _PUBLISHABLE.fullmatch(subject):
            return False
        prefixes = (pattern.removesuffix(">") for pattern in self.subjects)
        return any(subject.startswith(prefix) for prefix in prefixes)


@dataclass(frozen=True)
class Consumer:
    """A durable pull consumer with explicit acknowledgement; `ack_wait` in seconds, renewed by heartbeats."""

    name: str
    stream: Stream
    subject: str
    ack_wait: float = 15.0
    max_deliver: int = 8


WORK = Stream("WORK", ("work.>",), "workqueue", 7 * DAY, 256 * 1024**2)
EVENTS = Stream("EVENTS", ("events.>",), "limits", 7 * DAY, 512 * 1024**2)
DLQ = Stream("DLQ", ("dlq.>",), "limits", 30 * DAY, 128 * 1024**2)
STREAMS = (WORK, EVENTS, DLQ)

RUN_SUBJECT = "work.run"
BUILD_SUBJECTS = {"preview": "work.build.preview", "production": "work.build.production"}
DEPLOY_SUBJECT = "work.deploy"

BUILD_STARTED_SUBJECT = "events.builder.build.started"
BUILD_FINISHED_SUBJECT = "events.builder.build.finished"
DEPLOYMENT_PROGRESSED_SUBJECT = "events.deployer.deployment.progressed"
DEPLOYMENT_FINISHED_SUBJECT = "events.deployer.deployment.finished"
RUN_FINISHED_SUBJECT = "events.orchestrator.run.finished"

RUN = Consumer("orchestrator-run", WORK, RUN_SUBJECT)
BUILD_PREVIEW = Consumer("builder-preview", WORK, BUILD_SUBJECTS["preview"])
BUILD_PRODUCTION = Consumer("builder-production", WORK, BUILD_SUBJECTS["production"])
DEPLOY = Consumer("deployer-deploy", WORK, DEPLOY_SUBJECT)
ORCHESTRATOR_BUILD_STARTED = Consumer("orchestrator-build-started", EVENTS, BUILD_STARTED_SUBJECT)
ORCHESTRATOR_BUILD_FINISHED = Consumer("orchestrator-build-finished", EVENTS, BUILD_FINISHED_SUBJECT)
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
    ORCHESTRATOR_DEPLOYMENT_PROGRESSED,
    ORCHESTRATOR_DEPLOYMENT_FINISHED,
)


def build_log_subject(build_id: str) -> str:
    """The core NATS subject of a build's live log lines."""
    return f"logs.build.{build_id}"


def live_subject(app_id: str) -> str:
    """The core NATS subject of an app's passing events."""
    return f"live.app.{app_id}"


def dead_letter_subject(consumer: Consumer) -> str:
    """Where the messages go that this consumer gave up, in the stream DLQ."""
    return f"dlq.{consumer.name}"
