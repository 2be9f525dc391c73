"""The rules for Prometheus name what there is."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.shared import metrics
from apps.shared.invariants.declare import Gauge, declared

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs" / "alerts" / "galleria.yml"
_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b(?=[\[{ ])")
_DURATION = re.compile(r"[0-9]+[smhd]")
Rule = dict[str, Any]


def rules() -> list[Rule]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    assert len({one["name"] for one in groups}) == len(groups)
    return [rule for group in groups for rule in group["rules"]]


def known() -> set[str]:
    """What can be scraped: what is counted, and what is read of the database."""
    text = metrics.exposition().decode()
    gauges = {one.value for one in Gauge}  # of invariants, once they have been checked
    return gauges | set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_is_whole_and_names_what_is_measured(rule: Rule, db: None) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert {"summary", "description", "runbook"} == set(rule["annotations"])
    assert (ROOT / rule["annotations"]["runbook"]).exists()
    assert _DURATION.fullmatch(rule.get("for", "1m"))
    expression = rule["expr"]
    assert all(expression.count(a) == expression.count(b) for a, b in ("()", "[]", "{}"))
    named = set(_NAME.findall(expression))
    assert named
    assert named - known() == set()
    checks = set(re.findall(r'check="([^"]+)"', expression))
    assert checks <= {one.name for one in declared()}


def test_invalid_signatures_are_told() -> None:
    """Many at once, and few for long: the one is an attempt, the other a secret that is wrong."""
    told = [one for one in rules() if "webhook_invalid_signatures_total" in one["expr"]]
    assert {one["labels"]["severity"] for one in told} == {"warning", "critical"}
    assert "`webhook.invalid_signature` in the log" in told[0]["annotations"]["description"]
