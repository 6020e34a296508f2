"""Who may reach whom, as the NetworkPolicies say."""

from itertools import product

from tests.deploy.render import Resource, container_of, of_kind, workloads
from tests.deploy.test_environment import plain
from tests.house.files import SERVICES

CALLS = {
    ("orchestrator", "templates"),
    ("orchestrator", "builder"),
    ("orchestrator", "deployer"),
    ("builder", "templates"),
    ("orchestrator", "data"),
    ("deployer", "data"),
}


def chosen(selector: Resource) -> set[str]:
    """The services that a pod selector chooses."""
    key = "app.kubernetes.io/name"
    if "matchExpressions" in selector:
        (expression,) = selector["matchExpressions"]
        assert (expression["key"], expression["operator"]) == (key, "In")
        return set(expression["values"])
    if not selector:
        return set(SERVICES)
    assert set(selector["matchLabels"]) == {key}
    return {selector["matchLabels"][key]}


def policies(resources: list[Resource], service: str, direction: str) -> list[Resource]:
    found = of_kind(resources, "NetworkPolicy")
    return [
        rule
        for policy in found
        if direction in policy["spec"]["policyTypes"] and service in chosen(policy["spec"]["podSelector"])
        for rule in policy["spec"].get(direction.lower(), ())
    ]


def lets(rules: list[Resource], side: str, other: str, port: str) -> bool:
    """Whether one of the rules lets traffic with pods of the service `other` pass on this port."""
    return any(
        str(entry["port"]) == port and other in chosen(peer["podSelector"])
        for rule in rules
        for peer in rule[side]
        if "podSelector" in peer and "namespaceSelector" not in peer
        for entry in rule["ports"]
    )


def outside(resources: list[Resource], service: str) -> set[int]:
    rules = policies(resources, service, "Egress")
    return {
        entry["port"]
        for rule in rules
        if any("ipBlock" in peer for peer in rule["to"])
        for entry in rule["ports"]
    }


def test_policies_choose_pods_that_exist(rendered: list[Resource]) -> None:
    for policy in of_kind(rendered, "NetworkPolicy"):
        assert chosen(policy["spec"]["podSelector"]) <= set(SERVICES)


def test_what_no_policy_allows_is_denied(rendered: list[Resource]) -> None:
    (deny,) = (
        item for item in of_kind(rendered, "NetworkPolicy") if item["metadata"]["name"] == "default-deny"
    )
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_services_reach_those_they_call_and_no_others(rendered: list[Resource]) -> None:
    for caller, called in product(SERVICES, SERVICES):
        port = plain(rendered, called)["PORT"]
        out = lets(policies(rendered, caller, "Egress"), "to", called, port)
        into = lets(policies(rendered, called, "Ingress"), "from", caller, port)
        assert out == into == ((caller, called) in CALLS), f"{caller} to {called}"
        assert ((caller, called) in CALLS) == (f"{called.upper()}_URL" in plain(rendered, caller))


def test_only_those_with_data_reach_the_data(rendered: list[Resource]) -> None:
    wanted = {"orchestrator", "builder", "data", "deployer"}
    (policy,) = (
        item for item in of_kind(rendered, "NetworkPolicy") if item["metadata"]["name"] == "databases"
    )
    assert chosen(policy["spec"]["podSelector"]) == wanted
    assert wanted == {name for name in SERVICES if uses_data(rendered, name)}


def uses_data(resources: list[Resource], service: str) -> bool:
    return any(
        entry["name"] == "DATABASE_URL" for entry in container_of(workloads(resources)[service])["env"]
    )


def test_the_outside_is_what_a_service_needs_of_public_addresses(rendered: list[Resource]) -> None:
    assert {name: outside(rendered, name) for name in SERVICES} == {
        "orchestrator": {443},
        "builder": {443},
        "data": {443, 5432, 587},  # sign-in with others, databases of apps, mails
        "deployer": {443},
        "templates": set(),
    }
    blocks = [
        peer["ipBlock"]
        for service in SERVICES
        for rule in policies(rendered, service, "Egress")
        for peer in rule["to"]
        if "ipBlock" in peer and peer["ipBlock"]["cidr"] == "0.0.0.0/0"
    ]
    assert all({"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"} <= set(block["except"]) for block in blocks)


def test_only_what_people_and_apps_call_lets_the_ingress_in(rendered: list[Resource]) -> None:
    entered = {
        service
        for service in SERVICES
        for rule in policies(rendered, service, "Ingress")
        for peer in rule["from"]
        if peer.get("namespaceSelector", {}).get("matchLabels") == {"overskill-access": "ingress"}
    }
    assert entered == {"orchestrator", "data"}


def test_monitoring_reaches_the_metrics_and_no_api(rendered: list[Resource]) -> None:
    for service in SERVICES:
        entered = {
            entry["port"]
            for rule in policies(rendered, service, "Ingress")
            for peer in rule["from"]
            if peer.get("namespaceSelector", {}).get("matchLabels") == {"overskill-access": "monitoring"}
            for entry in rule["ports"]
        }
        assert entered == {"metrics"}
