"""Transition tables are checked when they are made, and steps when they are taken."""

import importlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.shared.states import InvalidTransition, StateMachine
from tests.architecture.sources import product

LAMP = StateMachine(
    name="lamp",
    initial="off",
    transitions={
        "off": frozenset({"on"}),
        "on": frozenset({"off", "broken"}),
        "broken": frozenset(),
    },
)


def test_a_step_of_the_table_passes_and_others_do_not():
    LAMP.check("off", "on")
    with pytest.raises(InvalidTransition) as refused:
        LAMP.check("off", "broken")

    assert refused.value.code == "invalid_transition"
    assert refused.value.details == {"machine": "lamp", "source": "off", "target": "broken"}


def test_a_terminal_state_is_final():
    """ORDER-003."""
    assert LAMP.is_terminal("broken")
    assert not LAMP.is_terminal("on")
    for target in LAMP.transitions:
        with pytest.raises(InvalidTransition):
            LAMP.check("broken", target)


def test_a_state_does_not_follow_itself_unless_the_table_says_so():
    with pytest.raises(InvalidTransition):
        LAMP.check("on", "on")


def test_sources_of_a_target():
    assert list(LAMP.sources_of("off")) == ["on"]


def test_a_table_that_names_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match=r"unknown states \['blue'\]"):
        StateMachine(name="x", initial="a", transitions={"a": frozenset({"blue"})})


def test_a_state_that_nothing_leads_to_is_refused():
    with pytest.raises(ValueError, match=r"unreachable states \['c'\]"):
        StateMachine(
            name="x",
            initial="a",
            transitions={"a": frozenset({"b"}), "b": frozenset(), "c": frozenset({"a"})},
        )


def test_an_initial_state_that_is_not_in_the_table_is_refused():
    with pytest.raises(ValueError, match=r"unknown states \['z'\]"):
        StateMachine(name="x", initial="z", transitions={"a": frozenset()})


def machines() -> list[StateMachine]:
    """Every table of the product."""
    modules = [
        importlib.import_module(one.module) for one in product() if one.parts[-1] == "states.py"
    ]
    found = [value for module in modules for value in vars(module).values()]
    return [one for one in found if isinstance(one, StateMachine)]


@pytest.mark.parametrize("machine", machines(), ids=lambda one: one.name)
def test_a_lifecycle_of_the_product_can_always_be_left_or_is_over(machine):
    assert machine.initial in machine.transitions
    for state, targets in machine.transitions.items():
        assert state not in targets
        assert machine.is_terminal(state) == (not targets)


@given(st.data())
def test_walks_follow_the_table_and_nothing_else(data):
    """ORDER-002 for every machine: what a random walk may do is exactly what the table says."""
    machine = data.draw(st.sampled_from(machines()))
    walk = [machine.initial]
    while len(walk) < 8 and not machine.is_terminal(walk[-1]):
        walk.append(data.draw(st.sampled_from(sorted(machine.transitions[walk[-1]]))))
    for source, target in pairwise(walk):
        machine.check(source, target)
    stranger = data.draw(st.sampled_from(sorted(machine.transitions)))
    if stranger not in machine.transitions[walk[-1]]:
        with pytest.raises(InvalidTransition):
            machine.check(walk[-1], stranger)
