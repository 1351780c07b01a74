"""One workload for all cases; results name the machine's kind and the commit, not its host."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.cases import Workload


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--customers", type=int, default=100_000)


@pytest.fixture(scope="session")
def workload(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workload:
    made = Workload(
        tmp_path_factory.mktemp("book") / "demo", request.config.getoption("--customers")
    )
    for name in ("offers", "plain_offers"):  # set-up is never timed
        getattr(made, name)
    return made


def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    machine_info.pop("node", None)
