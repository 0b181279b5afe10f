"""The profile of Citus in compose.yaml: what its services are, and what the one that joins the nodes says to each.

Docker is not asked: it may be missing where the tests run.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
NODES = ["coordinator", "node-1", "node-2"]
# Notes the host that it is asked for, and what it is told.
PSQL = '#!/bin/sh\nfor host; do :; done\necho "== $host" >> "$NOTES"\ncat >> "$NOTES"\n'


@pytest.fixture(scope="module")
def compose() -> Any:
    return YAML(typ="safe").load(ROOT / "compose.yaml")


def test_the_services_of_citus_run_in_its_profile_alone(compose: Any) -> None:
    services = compose["services"]
    in_profile = {name for name, service in services.items() if service.get("profiles") == ["citus"]}
    assert in_profile == {*NODES, "join-nodes", "distribute"}
    # Without the profile they are not there, and whoever waits for them does not.
    for name, service in services.items():
        for awaited, how in (service.get("depends_on") or {}).items():
            assert name in in_profile or awaited not in in_profile or how["required"] is False, name


def test_nodes_are_reached_by_the_coordinator_alone_and_take_part_in_transactions(compose: Any) -> None:
    assert compose["networks"]["nodes"] == {"internal": True}
    for name in NODES:
        service = compose["services"][name]
        assert "ports" not in service
        assert service["networks"] == (["default", "nodes"] if name == "coordinator" else ["nodes"])
        assert service["image"].startswith("${CITUS_IMAGE:-")
        settings = dict(option.removeprefix("-c").split("=", 1) for option in service["command"][1:])
        assert settings["shared_preload_libraries"] == "citus"
        assert settings["wal_level"] == "logical"
        assert int(settings["max_prepared_transactions"]) >= int(settings["max_connections"])


def test_what_is_distributed_is_joined_and_migrated_before_and_served_after(compose: Any) -> None:
    awaited = {name: set(service.get("depends_on") or {}) for name, service in compose["services"].items()}
    assert awaited["join-nodes"] == set(NODES)
    assert "join-nodes" in awaited["migrate"]
    assert awaited["distribute"] == {"migrate"}
    assert "distribute" in awaited["api"] & awaited["worker"]


def test_each_node_knows_the_passwords_before_it_is_joined(compose: Any, tmp_path: Path) -> None:
    psql = tmp_path / "psql"
    psql.write_text(PSQL)
    psql.chmod(0o755)
    service = compose["services"]["join-nodes"]
    # Compose makes one dollar of two.
    script = service["command"][0].replace("$$", "$")
    chosen = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "NOTES": str(tmp_path / "notes"),
        "PGPASSWORD": "own",
        "RUNTIME_PASSWORD": "run",
        "SYSTEM_PASSWORD": "sys",
    }
    subprocess.run([*service["entrypoint"], script], env=chosen, check=True)
    told = [part.splitlines() for part in (tmp_path / "notes").read_text().split("== ")[1:]]
    assert [lines[0] for lines in told] == [*NODES, "coordinator"]
    for lines in told[:3]:
        text = "\n".join(lines)
        assert "create extension if not exists citus;" in text
        for role, password in (("owner", "own"), ("runtime", "run"), ("system", "sys")):
            assert f"(0, 'adgraph_{role}', 'password={password}')" in text
    assert told[3][1:] == [
        "select citus_set_coordinator_host('coordinator', 5432);",
        "select citus_add_node('node-1', 5432);",
        "select citus_add_node('node-2', 5432);",
    ]
