"""What is done with a conjugate that is pending is what is done with one that was computed, for every operation."""

import itertools

import numpy as np
import pytest
import torch

import reference
from tests.op_samples import OPS, UNINITIALISED, UP_TO_A_PHASE, carried, function_of
from tests.uncovered_ops import UNCOVERED

#: What sees the memory, and not only the elements: the one refuses a conjugate, the other is told where to look.
OF_MEMORY = {"view_as_real", "as_strided.partial_views"}
NAMES = [
    name
    for name, op in OPS.items()
    if torch.complex128 in op.dtypes and name not in {*UNCOVERED, *UNINITIALISED, *UP_TO_A_PHASE, *OF_MEMORY}
]


def pending(value):
    """The same arguments, complex tensors among them as pending conjugates of their conjugates."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(pending, value))
    if not isinstance(value, reference.Tensor) or not value.is_complex():
        return value
    made = reference.conj_physical(value.detach()).conj()
    assert made.is_conj()
    return made.requires_grad_(value.requires_grad)


def elements(value):
    """The elements of the tensors in a result as arrays, and what else there is as it is."""
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in elements(item)]
    return [np.array(value.tolist()) if isinstance(value, reference.Tensor) else value]


def outcome(function, *arguments, **keywords):
    """What a function returns, or the class of what it raises."""
    try:
        return function(*arguments, **keywords)
    except Exception as error:
        return [type(error).__name__]


def require_same(found, wanted, what):
    """Compare the elements of two results."""
    found, wanted = elements(found), elements(wanted)
    assert len(found) == len(wanted), what
    for a, b in zip(found, wanted, strict=True):
        if isinstance(b, (str, type(None))):
            assert a == b, what
        else:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=what)


def derivatives(function, leaf):
    """The gradient of the results' squared absolute values, and that of its own."""
    given = function(leaf)
    results = [x for x in (given if isinstance(given, (list, tuple)) else [given]) if isinstance(x, reference.Tensor)]
    loss = sum((x.abs() ** 2).sum() for x in results if x.requires_grad)
    (first,) = reference.autograd.grad(loss, leaf, create_graph=True)
    return [first, *reference.autograd.grad((first.abs() ** 2).sum(), leaf, allow_unused=True)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")
def test_an_operation_on_a_pending_conjugate(name):
    op = OPS[name]
    torch.manual_seed(0)
    compared = 0
    for sample in itertools.islice(op.sample_inputs("cpu", torch.complex128, requires_grad=False), 0, 12, 3):
        if sample.kwargs.get("dropout_p"):
            continue
        (first, others, keywords), again = (
            carried((sample.input, tuple(sample.args), sample.kwargs)) for _ in ("computed", "pending")
        )
        function = function_of(op, op.op)
        wanted = outcome(function, first, *others, **keywords)
        require_same(outcome(function, *pending((again[0], *again[1])), **again[2]), wanted, "the result")
        compared += 1
        if isinstance(first, reference.Tensor) and first.is_complex():
            leaf, other = (x.detach().requires_grad_() for x in (first, pending(first)))

            def applied(x, function=function, others=others, keywords=keywords):
                return function(x, *others, **keywords)

            require_same(outcome(derivatives, applied, other), outcome(derivatives, applied, leaf), "derivatives")
            if in_place := getattr(reference.Tensor, f"{name}_", None):
                target, conjugate = first.clone(), pending(first)
                made = outcome(in_place, target, *others, **keywords)
                require_same(outcome(in_place, conjugate, *others, **keywords), made, "in place")
                require_same(conjugate, target, "the target")
                assert conjugate.is_conj()
    assert compared, "no sample was compared"
