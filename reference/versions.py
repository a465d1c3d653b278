"""Version counters: a list of one integer, shared by all tensors that share memory and are tracked together.

What has none is an inference tensor.
"""

from __future__ import annotations

from typing import Any


class _InferenceCounter:
    """The version counter of inference tensors: they have none (MOD-13, MOD-18)."""

    def __getitem__(self, index: int) -> int:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
            "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use"
            " it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        )

    def __setitem__(self, index: int, value: int) -> None:
        pass


INFERENCE_COUNTER: Any = _InferenceCounter()
