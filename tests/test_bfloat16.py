"""bfloat16 in the reference against PyTorch, over samples of every operation that has it: results and gradients."""

import itertools

import pytest

from tests.op_samples import OPS, UNINITIALISED, UP_TO_A_PHASE, carried, function_of, reference, torch
from tests.pytorch_samples import tensors_of
from tests.uncovered_ops import UNCOVERED

#: How far results may lie apart, of the largest: four units, for PyTorch rounds some formulas at other places.
TOLERANCE = 4 * 2.0**-8

#: What is not compared, and why.
TIES = "rounding makes elements equal, among which the order, or the choice, is not determined"
EDGES = "rounding moves numbers over an edge where the result jumps"
STEPS = "PyTorch rounds after several steps of one formula"
NOT_COMPARED = {
    **dict.fromkeys("argsort histc mode msort sort topk".split(), TIES),
    **dict.fromkeys("div.trunc_rounding fmod matrix_exp nn.functional.grid_sample".split(), EDGES),
    **dict.fromkeys(
        """logcumsumexp nn.functional.layer_norm nn.functional.normalize nn.functional.rms_norm
        nn.functional.scaled_dot_product_attention special.i0e""".split(),
        STEPS,
    ),
    **dict.fromkeys((name for name in OPS if "polygamma" in name), EDGES),
    "to": "memory formats, which `tests.op_samples` does not carry over",
    "as_strided_scatter": "PyTorch's gradient of the input is that of the part written to (2.13.0)",
}
COMPARED = [
    name
    for name, op in OPS.items()
    if torch.bfloat16 in op.dtypes and op.name not in UP_TO_A_PHASE and {name}.isdisjoint({*UNINITIALISED, *UNCOVERED})
]


def require_close(found, wanted, what):
    assert str(found.dtype) == str(wanted.dtype), what
    assert tuple(found.shape) == tuple(wanted.shape), what
    if wanted.dtype is torch.bfloat16:
        a, b = torch.from_numpy(found.detach().float().numpy()), wanted.detach().float()
        finite = torch.isfinite(b)
        assert torch.equal(torch.isfinite(a), finite), what
        largest = max(b[finite].abs().max().item() if finite.any() else 0.0, 1.0)  # the weights of gradients are near 1
        torch.testing.assert_close(a[finite], b[finite], rtol=0, atol=TOLERANCE * largest, msg=what)


@pytest.mark.parametrize("name", [name for name in COMPARED if name not in NOT_COMPARED])
@pytest.mark.filterwarnings("ignore")
def test_an_operation_on_bfloat16_and_its_gradient(name):
    op = OPS[name]
    torch.manual_seed(0)
    samples = list(itertools.islice(op.sample_inputs("cpu", torch.bfloat16, requires_grad=op.supports_autograd), 40))
    for sample in [sample for sample in samples if not sample.kwargs.get("dropout_p")][:: max(len(samples) // 3, 1)]:
        given = [sample.input, list(sample.args), sample.kwargs]
        try:
            wanted = op.op(given[0], *given[1], **given[2])
        except (RuntimeError, ValueError):
            continue
        mine = carried(given)
        found = function_of(op, op.op)(mine[0], *mine[1], **mine[2])
        pairs = list(zip(tensors_of(found), tensors_of(wanted), strict=True))
        for f, w in pairs:
            require_close(f, w, "the result")
        outputs = [(f, w) for f, w in pairs if w.requires_grad]
        inputs = [(f, w) for f, w in zip(tensors_of(mine), tensors_of(given), strict=True) if w.requires_grad]
        if not outputs or not inputs:
            continue
        weights = [torch.randn_like(w.detach().contiguous()) for _, w in outputs]
        try:
            theirs = torch.autograd.grad([w for _, w in outputs], [w for _, w in inputs], weights, allow_unused=True)
        except RuntimeError:
            continue
        ours = reference.autograd.grad(
            [f for f, _ in outputs], [f for f, _ in inputs], carried(weights), allow_unused=True
        )
        for f, w in zip(ours, theirs, strict=True):
            if f is not None and w is not None:
                require_close(f, w, "the gradient")


def test_what_is_not_compared_is_an_entry_of_op_db():
    assert set(NOT_COMPARED) <= set(COMPARED)


EXACT = "add mul sub div.no_rounding_mode exp sin tanh sigmoid softmax sum mean matmul nn.functional.linear".split()


@pytest.mark.parametrize("name", EXACT)
def test_what_is_rounded_once_agrees_to_the_bit(name, monkeypatch):
    monkeypatch.setattr("tests.test_bfloat16.TOLERANCE", 0.0)
    test_an_operation_on_bfloat16_and_its_gradient(name)
