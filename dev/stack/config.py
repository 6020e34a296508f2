"""What can be set about a stack: where its state lies, its ports, its vendors."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.testing.tether import free_port

ROOT = Path(__file__).resolve().parents[2]

# Port of each listener, and its distance from OVERSKILL_PORT_BASE when that is set.
DEFAULT_PORTS = {
    "orchestrator": (8000, 0),
    "builder": (8001, 1),
    "deployer": (8002, 2),
    "templates": (8003, 3),
    "data": (8004, 4),
    "orchestrator_metrics": (8100, 50),
    "builder_metrics": (8101, 51),
    "deployer_metrics": (8102, 52),
    "templates_metrics": (8103, 53),
    "data_metrics": (8104, 54),
    "simulator": (8010, 10),
    "mail": (8025, 25),
    "smtp": (1025, 26),
    "apps": (8787, 87),
    "api": (8788, 88),
    "s3": (8789, 89),
    "nats": (4222, 22),
    "nats_monitor": (8222, 42),
    "postgres": (5433, 33),
}
PROCESS_OF = {"apps": "edge", "api": "edge", "s3": "edge", "nats_monitor": "nats", "smtp": "mail"}
PROCESS_OF |= {
    f"{name}_metrics": name for name in ("orchestrator", "builder", "deployer", "templates", "data")
}
BASE_VARIABLE = "OVERSKILL_PORT_BASE"


class ConfigError(Exception):
    """A setting cannot be used; the message names it."""


@dataclass(frozen=True)
class Cloudflare:
    """The account to deploy to, when it is not the local edge."""

    account_id: str
    api_token: str
    api_url: str = "https://api.cloudflare.com/client/v4"


@dataclass(frozen=True)
class StackConfig:
    """One stack. `environment` adds variables to processes, by process name; `only` names those to run.

    Services are `forked` where they are started again and again: that takes a tenth of the CPU.
    """

    state: Path
    ports: Mapping[str, int]
    anthropic_api_key: str | None = None
    anthropic_base_url: str | None = None
    openai_api_key: str | None = None
    openai_base_url: str | None = None
    model: str = "claude-sonnet-5-5"
    model_name: str = ""
    cloudflare: Cloudflare | None = None
    edge_control: bool = False
    only: frozenset[str] | None = None
    forked: bool = False
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether the model simulator answers instead of a vendor."""
        return not (self.anthropic_api_key or self.openai_api_key or self.openai_base_url)

    def runs(self, name: str) -> bool:
        return (self.only is None or name in self.only) and (name != "simulator" or self.simulated)

    def listeners(self) -> dict[str, int]:
        """The ports that this stack opens, by name."""
        return {name: port for name, port in self.ports.items() if self.runs(PROCESS_OF.get(name, name))}

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> "StackConfig":
        account, token = env.get("CLOUDFLARE_ACCOUNT_ID"), env.get("CLOUDFLARE_API_TOKEN")
        return cls(
            state=Path(env.get("OVERSKILL_STATE_DIR") or ROOT / ".overskill").resolve(),
            ports={name: _port(env, name) for name in DEFAULT_PORTS},
            anthropic_api_key=env.get("ANTHROPIC_API_KEY") or None,
            anthropic_base_url=env.get("ANTHROPIC_BASE_URL") or None,
            openai_api_key=env.get("OPENAI_API_KEY") or None,
            openai_base_url=env.get("OPENAI_BASE_URL") or None,
            model=env.get("MODEL") or _default_model(env),
            model_name=env.get("MODEL_NAME", _cheap_model(env)),
            cloudflare=Cloudflare(account, token) if account and token else None,
            edge_control=env.get("EDGE_CONTROL") == "1",
        )

    @classmethod
    def temporary(
        cls,
        state: Path,
        *,
        only: frozenset[str] | None = None,
        forked: bool = False,
        **environment: Mapping[str, str],
    ) -> "StackConfig":
        """For tests: free ports, the simulator, and faults on demand in the edge."""
        ports: dict[str, int] = {}
        while len(ports) < len(DEFAULT_PORTS):
            port = free_port()
            if port not in ports.values():
                ports[list(DEFAULT_PORTS)[len(ports)]] = port
        return cls(
            state=state, ports=ports, edge_control=True, only=only, forked=forked, environment=environment
        )


def port_variable(name: str) -> str:
    return f"OVERSKILL_{name.upper()}_PORT"


def _port(env: Mapping[str, str], name: str) -> int:
    default, distance = DEFAULT_PORTS[name]
    for variable, offset in ((port_variable(name), 0), (BASE_VARIABLE, distance)):
        text = env.get(variable)
        if not text:
            continue
        if not text.isdecimal() or not 0 < int(text) + offset < 65536:
            raise ConfigError(f"{variable} must be a port between 1 and {65535 - offset}, not {text!r}.")
        return int(text) + offset
    return default


def _default_model(env: Mapping[str, str]) -> str:
    """As the orchestrator chooses it, so that the demo can say which."""
    first = env.get("MODEL_GENERATE", "").partition(",")[0].strip()
    openai = env.get("OPENAI_API_KEY") or env.get("OPENAI_BASE_URL")
    return first or ("gpt-6.1-sol" if openai and not env.get("ANTHROPIC_API_KEY") else StackConfig.model)


def _cheap_model(env: Mapping[str, str]) -> str:
    """Names apps; which models a local server has is not known."""
    if env.get("ANTHROPIC_API_KEY"):
        return "claude-haiku-5-5"
    if env.get("OPENAI_BASE_URL"):
        return ""
    return "gpt-6-luna" if env.get("OPENAI_API_KEY") else "claude-haiku-5-5"
