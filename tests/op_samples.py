"""PyTorch's own samples of every operation (`op_db`), carried over to the reference and compared.

A sample is an input, arguments and options. What it yields in both engines must agree: values, dtypes and shapes, the
first and second derivatives, the in-place variant, ``out=``, and the class of the exception where PyTorch refuses.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import types
from typing import Any

import numpy as np
import pytest

import reference
from tests.pytorch_samples import tensors_of

torch = pytest.importorskip("torch")
_methods = pytest.importorskip("torch.testing._internal.common_methods_invocations")

OPS = {op.full_name: op for op in _methods.op_db}
#: Of the largest element, since an error is passed on from one element to the others; by the result's dtype.
TOLERANCE = {"float64": 1e-9, "complex128": 1e-9, "float32": 1e-5, "complex64": 1e-5, "float16": 1e-2}
#: Samples differ in shapes and options; so many are taken of each operation, evenly.
MOST_SAMPLES = 6
MOST_DERIVED = 3

#: The result is determined up to a sign or a phase: only what PyTorch's tests make of it is compared.
UP_TO_A_PHASE = frozenset(
    ("svd", "linalg.svd", "linalg.eigh", "linalg.eig", "linalg.householder_product", "geqrf", "ormqr")
)
#: The memory is not initialised: only dtype and shape are compared.
UNINITIALISED = frozenset(
    (
        "empty",
        "empty_like",
        "new_empty",
        "new_empty_strided",
        "empty_strided",
        "empty_permuted",
        "resize_",
        "resize_as_",
    )
)


# --- carrying over ----------------------------------------------------------------------------------------------------


def carried(value: Any, memory: dict[Any, Any] | None = None) -> Any:
    """An argument for PyTorch, as one for the reference: tensors with their strides, dtypes, containers of them.

    Tensors that share memory (or are the same) share it (or are the same) in the reference, too.
    """
    memory = {} if memory is None else memory
    if isinstance(value, torch.Tensor):
        if id(value) not in memory:
            memory[id(value)] = _tensor(value, memory)
        return memory[id(value)]
    if isinstance(value, (torch.dtype, torch.layout, torch.memory_format)):
        return getattr(reference, str(value).removeprefix("torch."))
    if isinstance(value, torch.device):
        return reference.device(str(value))
    if isinstance(value, torch.nn.Module):
        return getattr(reference.nn, type(value).__name__)()
    if isinstance(value, (list, tuple)):
        items = [carried(item, memory) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: carried(item, memory) for key, item in value.items()}
    return value


def _tensor(tensor: Any, memory: dict[Any, Any]) -> Any:
    plain = tensor.detach().resolve_conj().resolve_neg()
    plain = plain.clone() if plain._is_zerotensor() else plain
    storage = plain.untyped_storage()
    place = (storage.data_ptr(), plain.dtype)
    if place not in memory or not place[0]:
        elements = torch.empty(0, dtype=plain.dtype).set_(storage)
        is_bfloat16 = plain.dtype is torch.bfloat16  # which NumPy does not have
        array = (elements.float() if is_bfloat16 else elements).numpy().copy()
        memory[place] = reference.from_numpy(array).to(getattr(reference, str(plain.dtype).removeprefix("torch.")))
    whole = memory[place]
    made = reference.Tensor.as_strided(whole, tuple(plain.shape), plain.stride(), plain.storage_offset()).detach()
    return made.requires_grad_(tensor.requires_grad)


def function_of(op: Any, function: Any) -> Any:
    """The reference's counterpart of the function that an entry applies."""
    if isinstance(function, types.FunctionType) and "torch.testing" in (function.__module__ or ""):
        code = function.__code__  # a lambda that calls torch: it calls the reference instead
        closure = function.__closure__
        return types.FunctionType(
            code, {**function.__globals__, "torch": reference}, code.co_name, function.__defaults__, closure
        )
    found: Any = reference
    for part in op.name.split("."):
        found = getattr(found, part, None)
        if found is None:
            break
    if (found is None or isinstance(found, reference.dtype)) and "." not in op.name:
        found = getattr(reference.Tensor, op.name, None)
    if found is None:
        raise AttributeError(f"the reference has no {op.name}")
    return found


def samples_of(op: Any, most: int = MOST_SAMPLES, requires_grad: bool = False) -> list[Any]:
    """Some of an operation's samples in float64 (or what it takes in its place)."""
    torch.manual_seed(0)
    dtype = torch.float64 if torch.float64 in op.dtypes else sorted(op.dtypes, key=str)[-1]
    samples = list(itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=requires_grad), 100))
    samples = [sample for sample in samples if not sample.kwargs.get("dropout_p")]  # which is random
    return samples[:: max(-(-len(samples) // most), 1)]


# --- comparing --------------------------------------------------------------------------------------------------------


def require_same(found: Any, wanted: Any, what: str, values: bool = True) -> None:
    """Compare results: tensors, numbers, and containers of them."""
    if isinstance(wanted, (list, tuple)):
        assert isinstance(found, (list, tuple)), f"{what}: {type(found).__name__}, not {type(wanted).__name__}"
        assert len(found) == len(wanted), f"{what}: {len(found)} results, not {len(wanted)}"
        for i, (a, b) in enumerate(zip(found, wanted, strict=True)):
            require_same(a, b, f"{what}[{i}]", values)
    elif isinstance(wanted, torch.Tensor):
        assert isinstance(found, reference.Tensor), f"{what}: {type(found).__name__}, not a tensor"
        if wanted.dtype is torch.bfloat16 and found.dtype is reference.bfloat16:
            found, wanted = found.float(), wanted.float()
        array, expected = (x.detach().resolve_conj().resolve_neg().numpy(force=True) for x in (found, wanted))
        assert array.dtype == expected.dtype, f"{what}: {array.dtype}, not {expected.dtype}"
        assert array.shape == expected.shape, f"{what}: of shape {array.shape}, not {expected.shape}"
        if values:
            largest = np.abs(expected[np.isfinite(expected)]).max(initial=1) if expected.dtype.kind in "fc" else 0
            error = TOLERANCE.get(expected.dtype.name, 0) * largest
            np.testing.assert_allclose(array, expected, rtol=0, atol=error, err_msg=what)
    elif isinstance(wanted, (bool, int, float, complex, str)) or wanted is None:
        same = found == wanted or (isinstance(wanted, float) and abs(found - wanted) <= 1e-9 * max(abs(wanted), 1))
        assert same or (found != found and wanted != wanted), f"{what}: {found!r}, not {wanted!r}"


def _describe(sample: Any) -> str:
    shapes = [list(t.shape) for t in tensors_of([sample.input, sample.args, sample.kwargs])]
    rest = [a for a in sample.args if not tensors_of(a)]
    return f"shapes {shapes}, {rest} { ({k: v for k, v in sample.kwargs.items() if not tensors_of(v)}) }"


class Disagreement(AssertionError):
    """What differs, and for which sample."""


def compare(op: Any, sample: Any, derivatives: int) -> None:
    """Apply an operation in both engines; compare values and, up to an order, derivatives."""
    ours = function_of(op, op.op)
    theirs_in = [sample.input, list(sample.args), sample.kwargs]
    mine_in = carried(theirs_in)
    wanted = op.op(theirs_in[0], *theirs_in[1], **theirs_in[2])
    found = ours(mine_in[0], *mine_in[1], **mine_in[2])
    if op.name not in UP_TO_A_PHASE:
        require_same(found, wanted, "the result", op.name not in UNINITIALISED)
    if derivatives and op.supports_autograd:
        process = sample.output_process_fn_grad
        if isinstance(process, types.FunctionType):
            found = types.FunctionType(
                process.__code__,
                {**process.__globals__, "torch": reference},
                "process",
                process.__defaults__,
                process.__closure__,
            )(found)
        wanted = process(wanted)
        if op.name in UP_TO_A_PHASE:
            require_same(found, wanted, "the result")
        order = 2 if op.supports_gradgrad and derivatives > 1 else 1
        compare_derivatives(found, wanted, mine_in, theirs_in, order)


def compare_derivatives(found: Any, wanted: Any, mine_in: Any, theirs_in: Any, order: int) -> None:
    """Compare the gradients of results with respect to the inputs, and the gradients of those."""
    outputs = [(f, w) for f, w in zip(tensors_of(found), tensors_of(wanted), strict=True) if w.requires_grad]
    inputs = [(f, w) for f, w in zip(tensors_of(mine_in), tensors_of(theirs_in), strict=True) if w.requires_grad]
    for f, _ in outputs:
        assert f.requires_grad, "the result does not require grad"
    for n in range(1, order + 1):
        if not outputs or not inputs:
            return
        weights = [torch.randn_like(w.detach().contiguous()) for _, w in outputs]
        ins_found, ins_wanted = [f for f, _ in inputs], [w for _, w in inputs]
        more = {"create_graph": n < order, "allow_unused": True}
        differentiate = functools.partial(
            reference.autograd.grad, [f for f, _ in outputs], ins_found, carried(weights), **more
        )
        try:
            theirs = torch.autograd.grad([w for _, w in outputs], ins_wanted, weights, **more)
        except (RuntimeError, NotImplementedError) as error:
            if n == 1:  # the reference may have second derivatives that PyTorch lacks
                require_refusal(differentiate, type(error), str(error), "the derivative")
            return
        mine = differentiate()
        for i, (f, w) in enumerate(zip(mine, theirs, strict=True)):
            what = f"derivative {n} with respect to tensor {i}"
            if f is None or w is None:  # a derivative that is zero may be None
                given = f if w is None else w
                assert given is None or not np.any(given.detach().numpy()), f"{what}: None in one engine alone"
            else:
                require_same(f, w, what)
        both = [(f, w) for f, w in zip(mine, theirs, strict=True) if f is not None and w is not None]
        outputs = [(f, w) for f, w in both if f.requires_grad and w.requires_grad]


def check_tangents(op: Any, sample: Any) -> None:
    """Forward mode is the transpose of reverse mode: w . (J v) = (J^T w) . v, in the reference alone."""
    ours = function_of(op, op.op)
    inputs = carried([sample.input, list(sample.args), sample.kwargs])
    leaves = [t for t in tensors_of(inputs) if t.requires_grad]
    outputs = tensors_of(ours(inputs[0], *inputs[1], **inputs[2]))
    places = [i for i, output in enumerate(outputs) if output.requires_grad]
    if not leaves or not places:
        return
    v, w = ([_random_like(t) for t in tensors] for tensors in (leaves, [outputs[i] for i in places]))
    try:
        gradients = reference.autograd.grad([outputs[i] for i in places], leaves, w, allow_unused=True)
    except NotImplementedError:
        return
    forward_ad = reference.autograd.forward_ad
    with forward_ad.dual_level():
        duals = {id(t): forward_ad.make_dual(t.detach(), tangent) for t, tangent in zip(leaves, v, strict=True)}
        given, arguments, options = _replaced(inputs, duals)
        results = tensors_of(ours(given, *arguments, **options))
        tangents = [forward_ad.unpack_dual(results[i]).tangent for i in places]
        forward = sum(_product(a, b) for a, b in zip(w, tangents, strict=True))
    backward = sum(_product(a, b) for a, b in zip(v, gradients, strict=True))
    scale = max(abs(backward), 1)
    assert abs(forward - backward) <= 1e-6 * scale or forward != forward, f"tangents: {forward}, gradients: {backward}"


def _random_like(tensor: Any) -> Any:
    real, imaginary = np.random.default_rng(0).standard_normal((2, *tensor.shape))
    numbers = real + 1j * imaginary if tensor.is_complex() else real
    return reference.from_numpy(np.asarray(numbers, tensor.numpy(force=True).dtype))


def _replaced(value: Any, by: dict[int, Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_replaced(item, by) for item in value])
    if isinstance(value, dict):
        return {key: _replaced(item, by) for key, item in value.items()}
    return by.get(id(value), value)


def _product(a: Any, b: Any) -> float:
    return 0.0 if b is None else float(np.vdot(a.numpy(force=True), b.numpy(force=True)).real)


def compare_in_place(op: Any, sample: Any) -> None:
    """The in-place variant: what it writes, what it returns, its gradient, and what it refuses."""
    name, method = _method(op)
    theirs_in = [sample.input, list(sample.args), sample.kwargs]
    mine_in = carried(theirs_in)
    target, mine = sample.input.clone(), mine_in[0].clone()
    try:
        wanted = op.inplace_variant(target, *theirs_in[1], **theirs_in[2])
    except Exception as error:
        require_refusal(functools.partial(method, mine, *mine_in[1], **mine_in[2]), type(error), str(error), name)
        return
    found = method(mine, *mine_in[1], **mine_in[2])
    assert (found is mine) == (wanted is target), f"{name} returns another tensor"
    require_same(mine, target, name)
    compare_derivatives(mine, target, mine_in, theirs_in, 1)


def _method(op: Any) -> tuple[str, Any]:
    """An operation's in-place variant: its name, and the reference's."""
    variant = op.inplace_variant
    if isinstance(variant, functools.partial):  # F.mish(x, inplace=True)
        return f"{op.name} in place", functools.partial(function_of(op, op.op), **variant.keywords)
    if isinstance(variant, types.FunctionType):
        return variant.__name__, function_of(op, variant)
    return variant.__name__, getattr(reference.Tensor, variant.__name__)


def compare_out(op: Any, sample: Any) -> None:
    """``out=``: the result is written into what is given."""
    theirs_in = [sample.input, list(sample.args), sample.kwargs]
    expected = op.op(theirs_in[0], *theirs_in[1], **theirs_in[2])
    if isinstance(expected, torch.Tensor):
        out: Any = torch.empty_like(expected)
    elif isinstance(expected, tuple) and all(isinstance(x, torch.Tensor) for x in expected):
        out = tuple(torch.empty_like(x) for x in expected)
    else:
        return
    mine_in, mine_out = carried([theirs_in, out])
    op.op(theirs_in[0], *theirs_in[1], **theirs_in[2], out=out)
    function_of(op, op.op)(mine_in[0], *mine_in[1], **mine_in[2], out=mine_out)
    if op.name not in UP_TO_A_PHASE:
        require_same(mine_out, out, "out=", op.name not in UNINITIALISED)


def compare_refusals(op: Any) -> None:
    """What PyTorch refuses, the reference refuses with an exception of that class."""
    ours = function_of(op, op.op)
    for wrong in op.error_inputs("cpu"):
        sample = wrong.sample_input
        if op.name.startswith("__") and not isinstance(sample.input, torch.Tensor):
            continue  # a tensor's method, called on a number
        try:
            given, arguments, options = carried([sample.input, list(sample.args), sample.kwargs])
        except Exception:
            continue  # of a kind that the reference does not have: sparse, quantised
        with contextlib.suppress(wrong.error_type):
            op.op(sample.input, *sample.args, **sample.kwargs)
            continue  # PyTorch does not refuse it
        require_refusal(
            functools.partial(ours, given, *arguments, **options),
            wrong.error_type,
            wrong.error_regex,
            _describe(sample),
        )


def require_refusal(call: Any, category: type[BaseException], message: str, what: str) -> None:
    """A call raises an exception of a class."""
    try:
        call()
    except category:
        return
    except Exception as error:
        raise Disagreement(f"{what}: {type(error).__name__}: {error}, not {category.__name__}: {message}") from error
    raise Disagreement(f"{what}: accepted; PyTorch: {category.__name__}: {message}")


def check(op: Any, skip: Any = ()) -> int:
    """Compare all of an operation but the parts to ``skip``; returns how many samples were compared."""
    samples = samples_of(op, requires_grad=op.supports_autograd and torch.float64 in op.dtypes)
    for i, sample in enumerate(samples):
        try:
            derived = "derivatives" not in skip and i % max(len(samples) // MOST_DERIVED, 1) == 0
            compare(op, sample, 2 if derived else 0)
            if derived and op.supports_forward_ad and "tangents" not in skip and op.name not in UP_TO_A_PHASE:
                check_tangents(op, sample)
        except Exception as error:
            raise Disagreement(f"{_describe(sample)}: {error!r}"[:1500]) from error
    for i, plain in enumerate(samples_of(op, most=3)):
        sample = samples[i] if i < len(samples) else plain
        try:
            if (
                op.inplace_variant is not None
                and isinstance(sample.input, torch.Tensor)
                and not sample.broadcasts_input
            ):
                compare_in_place(op, sample)
            if op.supports_out and "out" not in skip and not op.name.startswith("nn."):  # not documented to have it
                compare_out(op, plain)
        except Exception as error:
            raise Disagreement(f"{_describe(plain)}: {error!r}"[:1500]) from error
    if op.error_inputs_func is not None and "refusals" not in skip:
        compare_refusals(op)
    return len(samples)
