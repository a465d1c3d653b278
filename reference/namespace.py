"""What ``import reference as torch`` offers."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np

from reference import autograd, dtypes, factories, methods
from reference.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from reference.cautions import is_warn_always_enabled, set_warn_always
from reference.devices import Size, device, get_default_device, set_default_device
from reference.dtypes import (
    can_cast,
    dtype,
    finfo,
    get_default_dtype,
    iinfo,
    promote_types,
    set_default_dtype,
)
from reference.layouts import *  # noqa: F403
from reference.ops.namespace import FUNCTIONS
from reference.ops.out import accepting_out, making_out
from reference.ops.special_modes import of_samples
from reference.tensor import Tensor

__version__ = "0.1.0"

# IEEE arithmetic does what PyTorch's does, and PyTorch does not warn of it; asking NumPy operation by operation would
# cost more than a small operation does.
np.seterr(divide="ignore", invalid="ignore", over="ignore", under="ignore")

methods.attach()

inf, nan, pi, e = float("inf"), float("nan"), np.pi, np.e
newaxis = None
long, float, double, half, int, short = (
    dtypes.long, dtypes.float, dtypes.double, dtypes.half, dtypes.int, dtypes.short
)  # fmt: skip
cfloat, cdouble = dtypes.cfloat, dtypes.cdouble

globals().update({d.name: d for d in dtypes.ALL})
globals().update({name: accepting_out(function) for name, function in FUNCTIONS.items()})
globals().update(
    {
        name: of_samples(getattr(factories, name)) if name.endswith("_like") else getattr(factories, name)
        for name in """tensor as_tensor asarray from_numpy zeros_like ones_like empty_like full_like empty_strided
        empty_permuted scalar_tensor tril_indices triu_indices""".split()
    }
)
globals().update(
    {
        name: making_out(getattr(factories, name))
        for name in "zeros ones empty full arange linspace logspace eye".split()
    }
)

#: Parts that are imported when they are first asked for: importing the package costs little more than NumPy does.
_ON_DEMAND = ("nn", "optim", "func", "linalg", "special", "fft", "random", "utils", "amp", "legacy")

#: Names that are imported, when they are first asked for, from these modules.
_FROM = {
    "vmap": "reference.func",
    **dict.fromkeys(
        """autocast is_autocast_enabled set_autocast_enabled get_autocast_dtype set_autocast_dtype
        is_autocast_cache_enabled set_autocast_cache_enabled clear_autocast_cache""".split(),
        "reference.mixed_precision",
    ),
    **dict.fromkeys(
        """FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor CharTensor ByteTensor
        BoolTensor set_default_tensor_type""".split(),
        "reference.legacy",
    ),
    **dict.fromkeys(("save", "load"), "reference.serialization"),
    **dict.fromkeys(
        ("is_anomaly_enabled", "is_anomaly_check_nan_enabled", "set_anomaly_enabled"), "reference.autograd.anomaly"
    ),
    **dict.fromkeys(
        """Generator default_generator manual_seed seed initial_seed get_rng_state set_rng_state rand rand_like randn
        randn_like randint randint_like randperm""".split(),
        "reference.random",
    ),
    **dict.fromkeys(
        """adaptive_avg_pool1d adaptive_max_pool1d alpha_dropout avg_pool1d bilinear binary_cross_entropy_with_logits celu
        celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d
        cosine_embedding_loss cosine_similarity dropout embedding_bag feature_alpha_dropout group_norm hardshrink
        hinge_embedding_loss kl_div layer_norm margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d
        max_pool3d
        native_channel_shuffle pairwise_distance pdist pixel_shuffle pixel_unshuffle poisson_nll_loss prelu relu_
        rms_norm
        rrelu rrelu_ selu selu_ threshold threshold_ triplet_margin_loss""".split(),
        "reference.nn.functional",
    ),
    "cdist": "reference.nn.functional.distances",
    "set_printoptions": "reference.printing",
    **dict.fromkeys(
        """use_deterministic_algorithms are_deterministic_algorithms_enabled get_deterministic_debug_mode typename
        is_deterministic_algorithms_warn_only_enabled set_deterministic_debug_mode get_num_threads set_num_threads
        get_float32_matmul_precision set_float32_matmul_precision""".split(),
        "reference.settings",
    ),
    **dict.fromkeys(
        "hann_window hamming_window blackman_window bartlett_window kaiser_window".split(), "reference.window_functions"
    ),
    **dict.fromkeys(("UntypedStorage", "frombuffer", "is_storage"), "reference.storage"),
    "sparse_coo_tensor": "reference.sparse",
}


def __getattr__(name: str) -> Any:
    if name in _FROM:
        return getattr(importlib.import_module(_FROM[name]), name)
    if name in _ON_DEMAND:
        return importlib.import_module(f"reference.{name}")
    if name == "__future__":
        return importlib.import_module("reference.future")
    if name == "range":  # which is a built-in function in this module
        return factories.range_to
    raise AttributeError(f"module 'reference' has no attribute '{name}'")


def __dir__() -> list[str]:
    """What the package has, imported yet or not."""
    return sorted({*vars(sys.modules["reference"]), *_FROM, *_ON_DEMAND})


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor."""
    return isinstance(value, Tensor)


def is_floating_point(input: Any) -> bool:
    """Whether a tensor's dtype is a floating-point one."""
    return input.is_floating_point()


def is_complex(input: Any) -> bool:
    """Whether a tensor's dtype is complex."""
    return input.is_complex()


def is_signed(input: Any) -> bool:
    """Whether a tensor's dtype can hold negative numbers."""
    return input.is_signed()


def is_inference(input: Any) -> bool:
    """Whether a tensor was made in inference mode."""
    return input.is_inference()


def detach(input: Any) -> Any:
    """The same memory, outside any graph."""
    return input.detach()


def detach_(input: Any) -> Any:
    """Leave the graph in place."""
    return input.detach_()


def numel(input: Any) -> Any:
    """The number of elements."""
    return input.numel()


def result_type(a: Any, b: Any) -> Any:
    """The dtype of an operation on two tensors or numbers."""
    arrays = [x._array if isinstance(x, Tensor) else x for x in (a, b)]
    return dtypes.OF_NUMPY[dtypes.result_type_of(arrays)]


__all__ = [
    name
    for name in globals()
    if not name.startswith("_") and name not in ("annotations", "importlib", "sys", "Any", "np")
]
