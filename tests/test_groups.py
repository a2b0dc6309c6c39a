"""Tests of a group share what took a minute to make, which needs pytest-xdist and pytest to understand each other."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("groups")
def test_the_tests_of_a_group_run_in_one_process(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("no groups: not run with --dist loadgroup")
    assert request.node.nodeid.endswith("@groups")
