"""Every store that grows has a rule of what it keeps, and docs/operations.md says the same."""

from datetime import timedelta
from typing import cast

import pytest

import builder.db.models
import builder.db.retention
import data.db.models
import data.db.retention
import deployer.db.models
import deployer.db.retention
import orchestrator.db.models
from common.contracts import ARTIFACTS, DUMPS, SOURCES
from common.objects import ObjectStore
from common.retention import Rule
from orchestrator.usecases.retention import Ages, rules
from tests.deploy.docs import DOCS, code, section, tables
from tests.deploy.settings import variables

DAY = timedelta(days=1)
RULES: dict[str, dict[str, Rule]] = {
    "orchestrator": rules(Ages(DAY, DAY, DAY, DAY), cast("ObjectStore", None)),
    "builder": builder.db.retention.rules(builds=DAY),
    "data": data.db.retention.rules(cast("ObjectStore", None), restores=DAY, usage=DAY),
    "deployer": deployer.db.retention.rules(deployments=DAY, secret_events=DAY),
}
TABLES = {
    "orchestrator": set(orchestrator.db.models.Base.metadata.tables),
    "builder": set(builder.db.models.Base.metadata.tables),
    "data": set(data.db.models.Base.metadata.tables),
    "deployer": set(deployer.db.models.Base.metadata.tables),
}


@pytest.mark.parametrize("service", sorted(RULES))
def test_every_table_has_a_rule_and_no_other(service: str) -> None:
    assert set(RULES[service]) - {SOURCES, ARTIFACTS, DUMPS} == TABLES[service]


@pytest.mark.parametrize("service", sorted(RULES))
def test_every_setting_of_retention_is_part_of_a_rule(service: str) -> None:
    settings = {name for name in variables(service) if name.endswith("_KEEP_DAYS")}
    assert settings
    said = " ".join(rule.keeps for rule in RULES[service].values())
    assert {name for name in settings if name in said} == settings


def test_the_guide_says_what_the_rules_say() -> None:
    (table,) = tables(section(DOCS / "operations.md", "## What is kept"))
    shown = {code(row[0]): row[1].replace("`", "") for row in table}
    known = {f"{service}.{name}": rule.keeps for service in RULES for name, rule in RULES[service].items()}
    for prefix in (SOURCES, ARTIFACTS):
        known[prefix] = known.pop(f"orchestrator.{prefix}")
    known[DUMPS] = known.pop(f"data.{DUMPS}")
    assert shown == known
