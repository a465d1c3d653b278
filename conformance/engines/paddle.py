"""PaddlePaddle, by way of its own torch proxy, which makes ``import torch`` mean paddle; and its optimizers."""

import warnings
from typing import Any

warnings.filterwarnings("ignore", message="No ccache found")
import paddle

from conformance.adapting import namespace

paddle.compat.enable_torch_proxy()
paddle.set_device("cpu")

#: PyTorch's optimizers, and the keywords that have other names there.
OPTIMIZERS: dict[str, dict[str, str]] = {
    "SGD": {},
    "Adam": {"eps": "epsilon"},
    "AdamW": {"eps": "epsilon"},
    "Adamax": {"eps": "epsilon"},
    "NAdam": {"eps": "epsilon"},
    "RAdam": {"eps": "epsilon"},
    "Adagrad": {"eps": "epsilon"},
    "Adadelta": {"eps": "epsilon"},
    "RMSprop": {"eps": "epsilon", "alpha": "rho"},
}


class _Optimizer:
    """PyTorch's names for what Paddle's optimizer does."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer

    def step(self) -> None:
        self._optimizer.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        self._optimizer.clear_grad(set_to_zero=not set_to_none)


def _optimizer(name: str) -> Any:
    def call(parameters: Any, lr: Any = None, *, betas: Any = None, **options: Any) -> _Optimizer:
        named = {OPTIMIZERS[name].get(option, option): value for option, value in options.items()}
        if lr is not None:
            named["learning_rate"] = lr
        if betas is not None:
            named["beta1"], named["beta2"] = betas
        theirs = {"RMSprop": "RMSProp", "SGD": "Momentum" if "momentum" in named else "SGD"}.get(name, name)
        if "nesterov" in named:
            named["use_nesterov"] = named.pop("nesterov")
        return _Optimizer(getattr(paddle.optimizer, theirs)(parameters=list(parameters), **named))

    return call


paddle.optim = namespace(**{name: _optimizer(name) for name in OPTIMIZERS})

engine = paddle


def _to_numpy(tensor: Any) -> Any:
    tensor = tensor.detach()
    return (tensor.astype("float32") if tensor.dtype == paddle.bfloat16 else tensor).numpy()  # which NumPy lacks


__conformance__ = {
    "name": "PaddlePaddle (torch proxy)",
    "version": paddle.__version__,
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": paddle.set_default_dtype,
    "set_default_device": lambda device: None,
    "to_numpy": _to_numpy,
}
