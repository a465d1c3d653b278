"""PyTorch's own optimizer configurations, on the reference and on PyTorch.

``optim_db`` in the installed ``torch.testing._internal`` holds the options, the bad inputs and the schedulers with
which PyTorch tests its optimizers; each runs here on both engines, as does each implementation that PyTorch has of it
(foreach, fused, differentiable). What PyTorch's tests do with ``optim_db`` beyond that is not covered:

- capturable steps: they ask for CUDA graphs; on the CPU both engines refuse them, which is tested;
- parameters on several devices: the reference has one;
- compiled steps: the reference has no compiler;
- sparse parameters: the reference's optimizers take sparse gradients of dense parameters.
"""

from __future__ import annotations

import re
import types
import warnings
from typing import Any

import numpy as np
import pytest

import reference
from conformance.tolerance import FORMATS, allowed

torch = pytest.importorskip("torch", reason="PyTorch is the other engine of these tests")
database = pytest.importorskip(
    "torch.testing._internal.common_optimizers", reason="PyTorch's test utilities do not import", exc_type=ImportError
)

STEPS = 20
FLAGS = {"foreach", "fused", "differentiable"}
SHAPES = [(3, 2), (1, 4), (3, 2)]  # matrices, for Muon's sake; two alike, which the reference updates together

#: Rounded operations behind a step of LBFGS: sums over 16 elements, in about 20 iterations.
LBFGS_TERMS = 320

INFOS = {info.name: info for info in database.optim_db}


def inputs(info: Any) -> list[tuple[str, dict[str, Any]]]:
    """The options of an optimizer's configurations, each as it is and with each implementation PyTorch has of it."""
    found = []
    for config in info.optim_inputs_func(device="cpu"):
        name = config.desc or "default"
        found.append((name, config.kwargs))
        for flag in sorted(FLAGS):
            if flag in info.supported_impls and (flag != "fused" or "cpu" in info.supports_fused_on):
                if flag == "foreach" and isinstance(config.kwargs.get("lr"), torch.Tensor):
                    continue
                found.append((f"{name}, {flag}", {**config.kwargs, flag: True}))
    return found


CONFIGURATIONS = [
    pytest.param(name, options, kind, id=f"{name}-{config}-{kind}")
    for name, info in INFOS.items()
    for config, options in inputs(info)
    for kind in ("float32", "float64", "complex128")
    if kind.startswith("float") or (info.supports_complex and not FLAGS & options.keys())
]


def converted(value: Any, engine: Any) -> Any:
    """A value of PyTorch's test suite for an engine: tensors and parameters become that engine's."""
    if isinstance(value, torch.Tensor) and value.is_sparse:
        value = value.coalesce()
        places, values = value.indices().numpy(), value.values().detach().numpy()
        return engine.sparse_coo_tensor(engine.tensor(places), engine.tensor(values), tuple(value.shape))
    if isinstance(value, torch.nn.Parameter):
        return engine.nn.Parameter(engine.tensor(value.detach().numpy()))
    if isinstance(value, torch.Tensor):
        return engine.tensor(value.detach().numpy(), requires_grad=value.requires_grad)
    if isinstance(value, dict):
        return {key: converted(item, engine) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(converted(item, engine) for item in value)
    return value


def arrays(kind: str, seed: int) -> list[Any]:
    """Numbers for the parameters or their gradients."""
    random = np.random.default_rng(seed)
    parts = [(random.standard_normal(shape), random.standard_normal(shape)) for shape in SHAPES]
    return [(real + 1j * imaginary if kind.startswith("complex") else real).astype(kind) for real, imaginary in parts]


def trajectory(engine: Any, name: str, options: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Parameters and state after each step, as arrays by name."""
    if kind in ("float64", "complex128") and any(options.get(flag) for flag in ("foreach", "differentiable")):
        # PyTorch computes factors with the tensor that counts the steps then, in its dtype, which the default decides.
        engine.set_default_dtype(engine.float64)
    try:
        return trajectory_in_default_dtype(engine, name, options, kind)
    finally:
        engine.set_default_dtype(engine.float32)


def trajectory_in_default_dtype(engine: Any, name: str, options: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    leaves = [engine.tensor(array, requires_grad=True) for array in arrays(kind, seed=0)]
    differentiable = options.get("differentiable", False)
    params = [leaf.clone() for leaf in leaves] if differentiable else leaves
    optimizer = getattr(engine.optim, name)(params, **converted(options, engine))
    seen = [observed(optimizer, params)]
    for step in range(STEPS):
        gradients = arrays(kind, seed=step + 1)

        def closure() -> Any:
            optimizer.zero_grad()
            squares = [(p * p.conj()).real for p in params]
            loss = sum((square * square / 4 + square).sum() for square in squares)
            loss.backward()
            return loss

        if name == "LBFGS":
            optimizer.step(closure)
        else:
            for p, gradient in zip(params, gradients, strict=True):
                p.grad = engine.tensor(gradient)
            optimizer.step()
        seen.append(observed(optimizer, params))
    return seen


def sparse_trajectory(engine: Any, name: str, options: dict[str, Any]) -> list[dict[str, Any]]:
    """As `trajectory`, of one parameter of which each gradient has two rows, or one row twice."""
    params = [engine.tensor(arrays("float64", seed=0)[0], requires_grad=True)]
    optimizer = getattr(engine.optim, name)(params, **converted(options, engine))
    seen = [observed(optimizer, params)]
    for step in range(STEPS):
        rows = engine.tensor([[step % 3, step // 2 % 3]])
        params[0].grad = engine.sparse_coo_tensor(rows, engine.tensor(arrays("float64", seed=step + 1)[0][:2]), (3, 2))
        optimizer.step()
        seen.append(observed(optimizer, params))
    return seen


def observed(optimizer: Any, params: list[Any]) -> dict[str, Any]:
    """Arrays by name: the parameters, and all that the optimizer's state holds."""
    found = {f"parameter {i}": p.detach().numpy().copy() for i, p in enumerate(params)}
    for i, p in enumerate(params):
        for key, value in optimizer.state[p].items() if p in optimizer.state else ():
            for j, item in enumerate(value if isinstance(value, list) else [value]):
                if item is not None:
                    tensor = item.to_dense() if getattr(item, "is_sparse", False) else item
                    array = tensor.detach().numpy() if hasattr(tensor, "detach") else tensor
                    found[f"state {i} {key} {j}"] = np.array(array)
    return found


def assert_agree(
    ours: list[dict[str, Any]], theirs: list[dict[str, Any]], terms: int = 8, quantities: str | None = None
) -> None:
    """Step by step the same names, dtypes and shapes, and values within what rounding allows after so many steps.

    ``quantities`` matches the names of those whose values count, where not all do.
    """
    largest: dict[str, float] = {}
    for step, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        assert sorted(mine) == sorted(other), f"step {step}"
        for name, expected in other.items():
            found = mine[name]
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape), f"step {step}, {name}"
            if quantities is not None and not re.search(quantities, name):
                continue
            # A sum that cancels keeps the rounding errors of what it was made of: the largest value so far counts.
            size = float(np.abs(expected).max(initial=0.0))
            largest[name] = max(largest.get(name, 0.0), size if np.isfinite(size) else 0.0)
            difference = np.abs(found - expected).max(initial=0.0)
            format = FORMATS.get(str(expected.dtype), FORMATS["float64"])
            assert difference <= allowed(format, terms * step, largest[name]), f"step {step}, {name}"


@pytest.mark.parametrize(("name", "options", "kind"), CONFIGURATIONS)
def test_a_configuration_moves_as_in_pytorch(name: str, options: dict[str, Any], kind: str) -> None:
    if INFOS[name].only_supports_sparse_grads:
        ours, theirs = (sparse_trajectory(engine, name, options) for engine in (reference, torch))
        return assert_agree(ours, theirs)
    ours, theirs = (trajectory(engine, name, options, kind) for engine in (reference, torch))
    if name == "LBFGS":  # its products of differences of gradients are nothing but rounding errors once it has arrived
        return assert_agree(ours, theirs, LBFGS_TERMS, "parameter|n_iter|func_evals")
    assert_agree(ours, theirs)


@pytest.mark.parametrize("name", [name for name, info in INFOS.items() if info.supports_sparse])
def test_sparse_gradients_move_as_in_pytorch(name: str) -> None:
    for options in INFOS[name].metadata_for_sparse[0], {}:
        ours, theirs = (sparse_trajectory(engine, name, options) for engine in (reference, torch))
        assert_agree(ours, theirs)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        pytest.param(name, bad, id=f"{name}-{bad.optimizer_error_input.desc}")
        for name, info in INFOS.items()
        for bad in info.optim_error_inputs_func(device="cpu", dtype=torch.float32)
    ],
)
def test_a_bad_input_is_refused_as_in_pytorch(name: str, bad: Any) -> None:
    params, options = bad.optimizer_error_input.params, bad.optimizer_error_input.kwargs
    if params is None:
        params = [torch.nn.Parameter(torch.randn(2, 3))]
    known: dict[int, Any] = {}

    def ours(value: Any) -> Any:  # one parameter stays one where it is given twice
        if isinstance(value, torch.nn.Parameter):
            return known.setdefault(id(value), converted(value, reference))
        if isinstance(value, dict):
            return {key: ours(item) for key, item in value.items()}
        return type(value)(map(ours, value)) if isinstance(value, (list, tuple)) else converted(value, reference)

    params = ours(params)

    def construct_and_step() -> None:
        optimizer = getattr(reference.optim, name)(params, **converted(options, reference))
        if bad.error_on is database.OptimizerErrorEnum.STEP_ERROR:
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.grad = reference.ones_like(p)
            optimizer.step()

    if issubclass(bad.error_type, Warning):
        with pytest.warns(bad.error_type, match=bad.error_regex):
            construct_and_step()
    else:
        with pytest.raises(bad.error_type, match=bad.error_regex):
            construct_and_step()


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, i) for name, info in INFOS.items() for i in range(len(info.scheduler_inputs))],
)
def test_the_schedulers_set_the_rates_of_pytorch(name: str, number: int) -> None:
    info = INFOS[name]
    rates = {}
    for engine in reference, torch:
        params = [engine.tensor(array, requires_grad=True) for array in arrays("float64", seed=0)]
        optimizer = getattr(engine.optim, name)(params, lr=0.5)
        schedulers = [rebound(make, engine)(optimizer) for make in info.scheduler_inputs[number]]
        seen = rates.setdefault(engine, [])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the order of steps: only the schedulers step here
            for _ in range(40):
                for scheduler in schedulers:
                    plateau = type(scheduler).__name__ == "ReduceLROnPlateau"
                    scheduler.step(1.0) if plateau else scheduler.step()
                seen.append(optimizer.param_groups[0]["lr"])
    assert rates[reference] == rates[torch]


def rebound(make: Any, engine: Any) -> Any:
    """A function of PyTorch's test suite that finds an engine's schedulers under the names of PyTorch's."""
    names = {**make.__globals__, **{n: getattr(engine.optim.lr_scheduler, n) for n in make.__code__.co_names}}
    return types.FunctionType(make.__code__, names, make.__name__, make.__defaults__, make.__closure__)


def test_capturable_is_refused_on_the_cpu_as_in_pytorch() -> None:
    for name, info in INFOS.items():
        if not info.has_capturable_arg:
            continue
        for engine in reference, torch:
            param = engine.tensor([1.0], requires_grad=True)
            param.grad = engine.tensor([1.0])
            optimizer = getattr(engine.optim, name)([param], capturable=True)
            with pytest.raises(AssertionError, match="capturable=True"):
                optimizer.step()


def test_every_optimizer_of_the_database_is_there_and_none_is_missing_from_it() -> None:
    ours = {name for name in reference.optim.__all__ if re.match("[A-Z]", name) and name != "Optimizer"}
    assert ours == set(INFOS)
