"""The reference against PyTorch, over PyTorch's own samples of every operation (`op_db`); see `tests.op_samples`."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.op_samples import OPS, Disagreement, check
from tests.uncovered_ops import IN_PART, RANDOM, UNCOVERED

#: PyTorch formats the whole stack at every seed that it is given, and pytest's stack is deep: a thread's is not.
aside = ThreadPoolExecutor(1).submit


@pytest.mark.parametrize("name", [name for name in OPS if name not in UNCOVERED])
@pytest.mark.filterwarnings("ignore")
def test_an_operation_does_what_pytorchs_does(name):
    skipped = {part for op, part in IN_PART if op == name}
    assert aside(check, OPS[name], skipped).result(), "no sample was compared"


def test_what_is_listed_as_uncovered_is_an_entry_of_op_db():
    assert {*UNCOVERED, *(name for name, _ in IN_PART)} <= set(OPS)


@pytest.mark.parametrize("name", [name for name, reason in UNCOVERED.items() if reason != RANDOM])
@pytest.mark.filterwarnings("ignore")
def test_what_is_uncovered_does_not_agree(name):
    """An entry leaves the list when the reference agrees on it."""
    with pytest.raises((Disagreement, AttributeError, AssertionError, IndexError)):
        assert aside(check, OPS[name]).result(), "no sample was compared"
