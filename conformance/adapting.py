"""Help for adapters: giving an engine's things PyTorch's names, and no more than that.

Nothing here lends an engine semantics that it does not have: what is not given is not there, and the scenarios that
need it are ``missing``. An adapter need not use this; a namespace of its own making will do
(docs/validating-your-engine.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

#: Keywords of PyTorch's and what NumPy-like libraries call them.
NUMPY_KEYWORDS = {
    **{"dim": "axis", "keepdim": "keepdims", "dims": "axis", "shifts": "shift", "diagonal": "k"},
    **{"dim0": "axis1", "dim1": "axis2"},
}

#: What NumPy-like libraries and PyTorch call by the same name, and what PyTorch calls otherwise.
NUMPY_NAMES = {
    **{
        name: name
        for name in """
        abs exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh sqrt rsqrt square sign sinc reciprocal matmul
        einsum reshape squeeze where stack roll maximum minimum cumsum cumprod dot outer trace tril triu diagonal
        logaddexp logaddexp2 isfinite isnan isinf floor ceil round real imag conj angle flip nan_to_num hypot
        float_power kron vdot sum mean prod amax amin argmax argmin all any swapaxes broadcast_to ones_like zeros_like
        result_type promote_types can_cast erf erfinv addmm diag tile sigmoid flatten logsumexp softmax
        """.split()
    },
    **{"add": "add", "sub": "subtract", "mul": "multiply", "div": "true_divide", "pow": "power", "neg": "negative"},
    **{"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "fmod": "fmod"},
    **{"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "remainder": "remainder"},
    **{"transpose": "swapaxes", "permute": "transpose", "movedim": "moveaxis", "unsqueeze": "expand_dims"},
    **{"clamp": "clip", "clip": "clip", "cat": "concatenate"},
}


class Extremes(NamedTuple):
    """What ``torch.max`` and ``torch.min`` along a dimension return."""

    values: Any
    indices: Any


def namespace(*sources: Any, names: Iterable[str] = (), **more: Any) -> SimpleNamespace:
    """A namespace of the names that the sources have (the first that has one), and of what is given by keyword."""
    found = {}
    for name in names:
        for source in sources:
            if hasattr(source, name):
                found[name] = getattr(source, name)
                break
    return SimpleNamespace(**{**found, **more})


def renamed(source: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """``{PyTorch's name: the thing}`` for ``{PyTorch's name: the source's name}``, where the source has it."""
    return {ours: getattr(source, theirs) for ours, theirs in names.items() if hasattr(source, theirs)}


def with_keywords(function: Callable[..., Any], keywords: Mapping[str, str] = NUMPY_KEYWORDS) -> Callable[..., Any]:
    """The function, called with PyTorch's keywords in the place of its own, and with tuples for lists of dimensions."""

    def call(*arguments: Any, **given: Any) -> Any:
        named = {keywords.get(name, name): value for name, value in given.items()}
        if isinstance(named.get("axis"), list):
            named["axis"] = tuple(named["axis"])
        return function(*arguments, **named)

    call.__name__ = getattr(function, "__name__", "call")
    return call


def numpy_like(module: Any) -> dict[str, Any]:
    """PyTorch's functions that a library has under NumPy's names and conventions, as far as it has them.

    Where the conventions differ the arguments are rearranged: the dimension is ``axis`` there, ``max`` along one is its
    ``max`` beside its ``argmax``, and the divisor of ``var`` is chosen by ``ddof``. The arithmetic is the library's.
    """
    found: dict[str, Any] = {name: with_keywords(function) for name, function in renamed(module, NUMPY_NAMES).items()}
    for name in ("max", "min"):
        if hasattr(module, name):
            found.setdefault(f"a{name}", with_keywords(getattr(module, name)))
            found[name] = _extreme(module, name)
    for name in ("var", "std"):
        if hasattr(module, name):
            found[name] = _spread(getattr(module, name))
    for name in ("linalg", "fft"):
        if hasattr(module, name):
            submodule = getattr(module, name)
            functions = {n: getattr(submodule, n) for n in dir(submodule) if not n.startswith("_")}
            found[name] = SimpleNamespace(**{n: with_keywords(f) for n, f in functions.items() if callable(f)})
    return found


def _extreme(module: Any, name: str) -> Callable[..., Any]:
    def call(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return getattr(module, name)(x)
        if not isinstance(dim, int):
            return getattr(module, f"{name}imum")(x, dim)
        kept = {"keepdims": True} if keepdim else {}
        return Extremes(getattr(module, name)(x, axis=dim, **kept), getattr(module, f"arg{name}")(x, axis=dim, **kept))

    return call


def _spread(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, dim: Any = None, *, correction: Any = 1, keepdim: bool = False) -> Any:
        axis = tuple(dim) if isinstance(dim, list) else dim
        return function(x, axis=axis, ddof=correction, keepdims=keepdim)

    return call


def functional(
    *,
    grad: Callable[..., Any],
    vjp: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    jacobian: Callable[..., Any] | None = None,
    jacfwd: Callable[..., Any] | None = None,
    hessian: Callable[..., Any] | None = None,
    vmap: Callable[..., Any] | None = None,
    value_and_grad: Callable[..., Any] | None = None,
    linearize: Callable[..., Any] | None = None,
) -> dict[str, Any]:
    """``func`` and ``autograd`` of a functional engine, whose ``grad(f)`` is a function, and which has no ``.grad``.

    ``grad(f, argnums)``, ``value_and_grad(f, argnums)``, ``jacobian(f, argnums)``, ``jacfwd(f, argnums)`` and
    ``hessian(f, argnums)`` return functions; ``vjp(f, *inputs)`` returns the output and a function of the cotangent;
    ``jvp(f, inputs, tangents)`` returns the output and its tangent; ``linearize(f, *inputs)`` the output and a function
    of the tangents; ``vmap(f)`` is a function of batches. What is None is left out; other keywords are handed on.

    There is no ``backward``, no ``torch.autograd.grad`` and no ``requires_grad``: the engine has no graph to ask.
    """
    func: dict[str, Any] = {"grad": lambda f, argnums=0, **options: grad(f, argnums, **options)}
    of_autograd: dict[str, Any] = {}
    if vjp is not None:
        func["vjp"] = vjp

        def functional_vjp(f: Any, inputs: Any, v: Any = None) -> Any:
            if v is None:
                raise NotImplementedError("a vector-Jacobian product without a vector")
            output, pull = vjp(f, *_as_tuple(inputs))
            gradients = pull(v)
            return output, gradients if isinstance(inputs, tuple) else gradients[0]

        of_autograd["vjp"] = functional_vjp
    if jvp is not None:
        func["jvp"] = lambda f, primals, tangents, **options: jvp(f, tuple(primals), tuple(tangents), **options)

        def functional_jvp(f: Any, inputs: Any, v: Any) -> Any:
            return jvp(f, _as_tuple(inputs), _as_tuple(v))

        of_autograd["jvp"] = functional_jvp
    if jacobian is not None:
        func["jacrev"] = lambda f, argnums=0, **options: jacobian(f, argnums, **options)
        of_autograd["jacobian"] = _of_inputs(jacobian)
    if jacfwd is not None:
        func["jacfwd"] = lambda f, argnums=0, **options: jacfwd(f, argnums, **options)
    if hessian is not None:
        func["hessian"] = lambda f, argnums=0: hessian(f, argnums)
        of_autograd["hessian"] = _of_inputs(hessian)
    if vmap is not None:
        func["vmap"] = vmap
    if value_and_grad is not None:
        func["grad_and_value"] = _grad_and_value(value_and_grad)
    if linearize is not None:
        func["linearize"] = linearize
    return {
        "func": SimpleNamespace(**func),
        "autograd": SimpleNamespace(functional=SimpleNamespace(**of_autograd)),
        **({"vmap": vmap} if vmap is not None else {}),
    }


def _grad_and_value(value_and_grad: Callable[..., Any]) -> Callable[..., Any]:
    """PyTorch returns the gradient first."""

    def transformed(f: Any, argnums: Any = 0, **options: Any) -> Callable[..., Any]:
        function = value_and_grad(f, argnums, **options)
        return lambda *inputs: tuple(reversed(function(*inputs)))

    return transformed


def _of_inputs(transformation: Callable[..., Any]) -> Callable[..., Any]:
    """PyTorch's functional form: the inputs, one or a tuple of them, beside the function."""

    def call(f: Any, inputs: Any) -> Any:
        if isinstance(inputs, tuple):
            return transformation(f, tuple(range(len(inputs))))(*inputs)
        return transformation(f, 0)(inputs)

    return call


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def factories(tensor: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """``zeros``, ``ones``, ``full``, ``eye``, ``arange`` and ``linspace``, by way of the engine's ``tensor``.

    Their values are NumPy's; dtype and recording are what the engine makes of its own data.
    """
    import numpy as np

    def of_shape(make: Callable[..., Any]) -> Callable[..., Any]:
        def call(*size: Any, **options: Any) -> Any:
            shape = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
            return tensor(make(tuple(shape)), **options)

        return call

    return {
        "zeros": of_shape(np.zeros),
        "ones": of_shape(np.ones),
        "empty": of_shape(np.zeros),
        "full": lambda size, value, **options: tensor(np.full(size, value), **options),
        "eye": lambda n, **options: tensor(np.eye(n), **options),
        "arange": lambda *bounds, **options: tensor(np.arange(*bounds), **options),
        "linspace": lambda start, end, steps, **options: tensor(np.linspace(start, end, steps), **options),
    }
