"""The names of nodes, the reference against PyTorch, over PyTorch's own samples of operations and of modules."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.op_samples import OPS, _method, carried, function_of, samples_of
from tests.pytorch_samples import tensors_of, to_reference
from tests.test_module_db import MODULES, built, is_random, to_double
from tests.test_module_db import samples_of as samples_of_module
from tests.uncovered_ops import UNCOVERED
from tests.unlike_nodes import MODULES_UNLIKE, UNLIKE

torch = pytest.importorskip("torch")

#: PyTorch formats the whole stack at every seed that it is given, and pytest's stack is deep: a thread's is not.
aside = ThreadPoolExecutor(1).submit


def differences(found: Any, wanted: Any) -> set[str]:
    """What the nodes of two results are called, where they are called otherwise."""
    pairs = [(a.grad_fn, b.grad_fn) for a, b in zip(tensors_of(found), tensors_of(wanted), strict=True)]
    names = [[node and node.name() for node in pair] for pair in pairs]
    return {f"{ours}, in PyTorch {theirs}" for ours, theirs in names if ours != theirs}


def of_operation(op: Any) -> set[str]:
    """The differences of an entry of `op_db`, and of its in-place variant."""
    found = set()
    ours = function_of(op, op.op)
    for sample in samples_of(op, requires_grad=True):
        inputs = [sample.input, list(sample.args), sample.kwargs]
        given, arguments, options = carried(inputs)
        found |= differences(ours(given, *arguments, **options), op.op(inputs[0], *inputs[1], **inputs[2]))
        if op.inplace_variant is None or not isinstance(sample.input, torch.Tensor) or sample.broadcasts_input:
            continue
        try:
            written = op.inplace_variant(sample.input.clone(), *inputs[1], **inputs[2])
        except Exception:
            continue  # which `tests.test_op_db` looks at
        found |= differences(_method(op)[1](given.clone(), *arguments, **options), written)
    return found


def of_module(info: Any) -> set[str]:
    """The differences of an entry of `module_db`, in training and in evaluation."""
    found = set()
    for training in (True, False):
        for sample in samples_of_module(info, "float64", training):
            if is_random(sample, training):
                continue
            theirs, ours = built(info, sample, "float64", training)
            given, named = to_double((sample.forward_input.args, sample.forward_input.kwargs), {})
            result = ours(*to_reference(given), **to_reference(named))
            found |= differences(result, theirs(*given, **named))
    return found


DIFFERENTIABLE = [
    name for name, op in OPS.items() if name not in UNCOVERED and op.supports_autograd and torch.float64 in op.dtypes
]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@pytest.mark.filterwarnings("ignore")
def test_the_nodes_of_an_operation_are_called_as_in_pytorch_unless_listed(name):
    unlike = aside(of_operation, OPS[name]).result()
    assert bool(unlike) == (name in UNLIKE), unlike or "no longer: it leaves the list"


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore")
def test_the_nodes_of_a_module_are_called_as_in_pytorch_unless_listed(name):
    unlike = aside(of_module, MODULES[name]).result()
    assert bool(unlike) == (name in MODULES_UNLIKE), unlike or "no longer: it leaves the list"


def test_what_is_listed_is_there():
    assert set(UNLIKE) <= set(DIFFERENTIABLE)
    assert set(MODULES_UNLIKE) <= set(MODULES)
