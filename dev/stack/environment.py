"""The environment of each process: what it needs of ours, and none of another's secrets."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from dev.stack.config import StackConfig
from dev.stack.databases import APPS_ADMIN, APPS_DATABASE

# What a process may see of the caller's environment; vendors' keys are handed to one process only.
PASSED = {"HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "USER", "LOGNAME", "TERM", "NO_PROXY", "no_proxy"}
PASSED |= {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"}
PASSED |= {"NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "REQUESTS_CA_BUNDLE"}
PASSED_PREFIXES = ("LC_", "SSL_CERT_", "npm_config_", "NPM_CONFIG_", "OTEL_")
# Settings of one process that a person may set for the whole stack.
OWN_PREFIXES = {
    "orchestrator": ("COVERAGE_", "MODEL_", "IMAGE_"),
    "builder": ("COVERAGE_", "BUILDER_"),
    "deployer": ("COVERAGE_", "R2_"),
    "templates": ("COVERAGE_",),
    "data": ("COVERAGE_", "APP_", "SMTP_"),
    "simulator": ("SIMULATOR_",),
    "edge": ("EDGE_",),
}

BUCKET = "overskill"


def process_environment(name: str, env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The base for the process `name`, without the settings that `*_settings` adds."""
    prefixes = (*PASSED_PREFIXES, *OWN_PREFIXES.get(name, ()))
    passed = {key: value for key, value in env.items() if key in PASSED or key.startswith(prefixes)}
    path = f"{Path(sys.executable).parent}:{env.get('PATH', os.defpath)}"
    return {**passed, "PATH": path, "PYTHONUNBUFFERED": "1"}


def service_settings(config: StackConfig, secrets: Mapping[str, str], name: str) -> dict[str, str]:
    """All settings of the service `name`, with those given for it in the configuration."""
    specific = {
        "orchestrator": _orchestrator,
        "builder": _builder,
        "deployer": _deployer,
        "templates": _templates,
        "data": _data,
    }[name](config, secrets)
    common = {
        "HOST": "127.0.0.1",
        "PORT": str(config.ports[name]),
        "METRICS_PORT": str(config.ports[f"{name}_metrics"]),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
    }
    if name != "orchestrator":  # its API is for people, who have keys
        common["SERVICE_TOKEN"] = secrets[f"{name}_token"]
    return {**common, **specific, **config.environment.get(name, {})}


def database_url(config: StackConfig, secrets: Mapping[str, str], role: str) -> str:
    password = secrets[f"{role}_database"]
    return f"postgresql://{role}:{password}@127.0.0.1:{config.ports['postgres']}/overskill"


def apps_database_url(config: StackConfig, secrets: Mapping[str, str]) -> str:
    """Of the database that apps' own data is in, as its admin."""
    address = f"127.0.0.1:{config.ports['postgres']}/{APPS_DATABASE}"
    return f"postgresql://{APPS_ADMIN}:{secrets['apps_database']}@{address}"


def edge_settings(config: StackConfig, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        "EDGE_HOST": "127.0.0.1",
        "EDGE_APPS_PORT": str(config.ports["apps"]),
        "EDGE_API_PORT": str(config.ports["api"]),
        "EDGE_S3_PORT": str(config.ports["s3"]),
        "EDGE_STATE_DIR": str(config.state / "edge"),
        "EDGE_ACCOUNT_ID": secrets["cloudflare_account_id"],
        "EDGE_API_TOKEN": secrets["cloudflare_api_token"],
        "EDGE_S3_ACCESS_KEY_ID": secrets["s3_access_key_id"],
        "EDGE_S3_SECRET_ACCESS_KEY": secrets["s3_secret_access_key"],
        "EDGE_CONTROL": "1" if config.edge_control else "0",
        **config.environment.get("edge", {}),
    }


def _stateful(config: StackConfig, secrets: Mapping[str, str], name: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url(config, secrets, name),
        "NATS_URL": f"nats://overskill:{secrets['nats']}@127.0.0.1:{config.ports['nats']}",
        "S3_ENDPOINT_URL": config.url("s3"),
        "S3_REGION": "auto",
        "S3_BUCKET": BUCKET,
        "S3_ACCESS_KEY_ID": secrets["s3_access_key_id"],
        "S3_SECRET_ACCESS_KEY": secrets["s3_secret_access_key"],
    }


def _peers(config: StackConfig, secrets: Mapping[str, str], *names: str) -> dict[str, str]:
    addresses = {f"{name.upper()}_URL": config.url(name) for name in names}
    return {**addresses, **{f"{name.upper()}_TOKEN": secrets[f"{name}_token"] for name in names}}


def _orchestrator(config: StackConfig, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        **_stateful(config, secrets, "orchestrator"),
        **_peers(config, secrets, "templates", "builder", "deployer", "data"),
        **models(config),
        "BOOTSTRAP_API_KEY": secrets["api_key"],
    }


def models(config: StackConfig) -> dict[str, str]:
    """The vendors whose keys there are; without any the simulator, which speaks for both."""
    if config.simulated:
        vendors: dict[str, str | None] = {
            "ANTHROPIC_API_KEY": "simulator",
            "ANTHROPIC_BASE_URL": config.url("simulator"),
            "OPENAI_API_KEY": "simulator",
            "OPENAI_BASE_URL": f"{config.url('simulator')}/v1",
        }
    else:
        vendors = {
            "ANTHROPIC_API_KEY": config.anthropic_api_key,
            "ANTHROPIC_BASE_URL": config.anthropic_base_url,
            "OPENAI_API_KEY": config.openai_api_key,
            "OPENAI_BASE_URL": config.openai_base_url,
        }
    chosen = {**vendors, "MODEL": config.model, "MODEL_NAME": config.model_name}
    return {name: value for name, value in chosen.items() if value}


def _builder(config: StackConfig, secrets: Mapping[str, str]) -> dict[str, str]:
    folder = config.state / "builder"
    return {
        **_stateful(config, secrets, "builder"),
        **_peers(config, secrets, "templates"),
        "BUILDER_ISOLATION": os.environ.get("BUILDER_ISOLATION", "landlock"),
        "BUILDER_CACHE_DIR": os.environ.get("BUILDER_CACHE_DIR", str(folder / "cache")),
        "DRAIN_SECONDS": "1",  # who stops a stack does not want to wait
        "BUILDER_WORK_DIR": os.environ.get("BUILDER_WORK_DIR", str(folder / "work")),
    }


def _deployer(config: StackConfig, secrets: Mapping[str, str]) -> dict[str, str]:
    if config.cloudflare is not None:
        target = {
            "CLOUDFLARE_API_URL": config.cloudflare.api_url,
            "CLOUDFLARE_API_TOKEN": config.cloudflare.api_token,
            "CLOUDFLARE_ACCOUNT_ID": config.cloudflare.account_id,
        }
    else:
        target = {
            "CLOUDFLARE_API_URL": f"{config.url('api')}/client/v4",
            "CLOUDFLARE_API_TOKEN": secrets["cloudflare_api_token"],
            "CLOUDFLARE_ACCOUNT_ID": secrets["cloudflare_account_id"],
            "CLOUDFLARE_CALLS": "1000000",  # the local edge counts none
            "APP_URL_TEMPLATE": f"http://{{script}}.localhost:{config.ports['apps']}",
            # Not every resolver knows that *.localhost is this machine.
            "APP_ORIGIN_OVERRIDE": f"127.0.0.1:{config.ports['apps']}",
        }
    return {
        "MALLOC_ARENA_MAX": "2",  # as in its image: threads that read artifacts keep little to themselves
        **_stateful(config, secrets, "deployer"),
        **_peers(config, secrets, "data"),
        **target,
        "SECRETS_KEYS": f"1:{secrets['deployer_secrets_key']}",
    }


def _templates(config: StackConfig, _secrets: Mapping[str, str]) -> dict[str, str]:
    return {"TEMPLATES_STORE_DIR": str(config.state / "templates.git")}


def _data(config: StackConfig, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        **_stateful(config, secrets, "data"),
        "DATA_PUBLIC_URL": config.url("data"),
        "APP_SITE_URL_TEMPLATE": f"http://{{script}}.localhost:{config.ports['apps']}",
        "JWT_KEYS": secrets["data_jwt_keys"],
        "SMTP_URL": os.environ.get("SMTP_URL") or f"smtp://127.0.0.1:{config.ports['smtp']}",
        "APP_DATABASES": json.dumps({"main": {"url": apps_database_url(config, secrets)}}),
        "SECRETS_KEYS": f"1:{secrets['data_secrets_key']}",
        "OIDC_TRUSTED_HOSTS": '["127.0.0.1", "localhost"]',
    }


def mail_settings(config: StackConfig) -> dict[str, str]:
    return {"MAIL_PORT": str(config.ports["mail"]), "MAIL_SMTP_PORT": str(config.ports["smtp"])}


def simulator_settings(config: StackConfig) -> dict[str, str]:
    return {
        "SIMULATOR_PORT": str(config.ports["simulator"]),
        **config.environment.get("simulator", {}),
    }
