"""PyTorch's own samples of `torch.nn.functional` (`op_db`), the reference against PyTorch.

Outputs, first derivatives, and the derivatives of those: a derivative rule is made of operations that can be
differentiated in turn.
"""

import numpy as np
import pytest

import reference
from tests.pytorch_samples import tensors_of, to_reference

torch = pytest.importorskip("torch")
op_db = pytest.importorskip("torch.testing._internal.common_methods_invocations").op_db

#: Functions that are not compared, and why.
NOT_COVERED = {
    **dict.fromkeys(
        ["alpha_dropout", "dropout", "dropout2d", "dropout3d", "feature_alpha_dropout", "rrelu"],
        "random: the two engines draw different numbers",
    ),
    **dict.fromkeys(
        ["fractional_max_pool2d", "fractional_max_pool3d"],
        "random, in these samples; the modules' samples give the random numbers",
    ),
    "triplet_margin_with_distance_loss": "its samples bring PyTorch's own distance",
}
#: Variants of which PyTorch has no second derivative (or a wrong one), where the reference has one.
FIRST_ONLY = {
    "ctc_loss": "PyTorch has none, and the reference says so as well",
    "linear_cross_entropy/chunked": "PyTorch's chunks give a second derivative of zero",
    "linear_cross_entropy/chunked_none": "PyTorch's chunks have none",
    "scaled_dot_product_attention": "PyTorch's flash attention has none",
}
#: PyTorch multiplies by a sixth in single precision, in the derivative alone.
COARSE = {"hardsigmoid": 1e-7}
MOST_SAMPLES = 8


def name_of(info):
    name = info.name.removeprefix("nn.functional.")
    return f"{name}/{info.variant_test_name}" if info.variant_test_name else name


FUNCTIONS = {name_of(info): info for info in op_db if info.name.startswith("nn.functional.") and info.dtypes}


def function_of(info):
    function = getattr(reference.nn.functional, info.name.removeprefix("nn.functional."))
    if info.name == "nn.functional.embedding":  # its samples have the table first
        return lambda table, indices, **options: function(indices, table, **options)
    return function


def samples_of(info):
    torch.manual_seed(0)
    dtype = next(d for d in (torch.float64, torch.complex128, torch.int64) if d in info.dtypes)
    samples = list(info.sample_inputs("cpu", dtype, requires_grad=info.supports_autograd and dtype.is_floating_point))
    samples = [s for s in samples if not s.kwargs.get("dropout_p")]
    return samples[:: -(-len(samples) // MOST_SAMPLES)]


def assert_agree(theirs, ours, what, tolerance):
    assert len(ours) == len(theirs), what
    for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        if a is None and b is None:
            continue
        # a derivative that is zero everywhere may be missing instead
        a = np.zeros(()) if a is None else a.detach().numpy(force=True)
        b = np.zeros(()) if b is None else b.detach().numpy()
        error = tolerance * max(np.abs(a[np.isfinite(a)]).max(initial=0), 1)
        np.testing.assert_allclose(b, a, rtol=0, atol=error, err_msg=f"{what} {i}")


def compare(info, sample, name):
    given, options = (sample.input, *sample.args), sample.kwargs
    given_ours, options_ours = to_reference((given, options))
    theirs = tensors_of(info.op(*given, **options))
    ours = tensors_of(function_of(info)(*given_ours, **options_ours))
    tolerance = COARSE.get(name, 1e-10)
    assert_agree(theirs, ours, "output", tolerance)
    kept = [tensor.requires_grad for tensor in theirs]
    assert [tensor.requires_grad for tensor in ours] == kept
    inputs = [t for t in tensors_of([given, options]) if t.requires_grad]
    inputs_ours = [t for t in tensors_of([given_ours, options_ours]) if t.requires_grad]
    if not any(kept) or not inputs:
        return
    theirs, ours = ([t for t, k in zip(found, kept, strict=True) if k] for found in (theirs, ours))

    again = info.supports_gradgrad and name not in FIRST_ONLY
    upstream = [torch.randn_like(tensor).requires_grad_(again) for tensor in theirs]
    upstream_ours = to_reference(upstream)
    first = torch.autograd.grad(theirs, inputs, upstream, create_graph=again, allow_unused=True)
    found = reference.autograd.grad(ours, inputs_ours, upstream_ours, create_graph=again, allow_unused=True)
    assert_agree(first, found, "gradient", tolerance)
    pairs = [(a, b) for a, b in zip(first, found, strict=True) if a is not None and a.requires_grad]
    pairs = [(a, b) for a, b in pairs if b.requires_grad or a.any()]  # a zero may be a constant
    if not again or not pairs:
        return
    first, found = ([pair[i] for pair in pairs] for i in (0, 1))
    weights = [torch.randn_like(tensor) for tensor in first]
    second = torch.autograd.grad(first, [*inputs, *upstream], weights, allow_unused=True)
    found = reference.autograd.grad(found, [*inputs_ours, *upstream_ours], to_reference(weights), allow_unused=True)
    assert_agree(second, found, "gradient of a gradient", 100 * tolerance)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore")
def test_a_function_and_its_derivatives_are_pytorchs(name):
    info = FUNCTIONS[name]
    reason = NOT_COVERED.get(name.partition("/")[0])
    if reason is not None:
        pytest.skip(reason)
    samples = samples_of(info)
    assert samples
    for sample in samples:
        if name == "multi_head_attention_forward" and any(type(a) is float and a == 0.5 for a in sample.args):
            continue  # dropout
        compare(info, sample, name)


def test_what_is_not_covered_is_there():
    assert set(NOT_COVERED) <= {name.partition("/")[0] for name in FUNCTIONS}
    assert set(FIRST_ONLY) | set(COARSE) <= set(FUNCTIONS)
