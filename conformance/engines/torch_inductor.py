"""PyTorch, each scenario compiled by ``torch.compile`` with the inductor back end, which needs a C++ compiler."""

from typing import Any

import torch as engine


def _compiled(body: Any) -> Any:
    engine._dynamo.reset()
    return engine.compile(body, backend="inductor")


engine.set_num_threads(1)

__conformance__ = {
    "name": "PyTorch, torch.compile (inductor)",
    "version": engine.__version__,
    "devices": ["cpu"],
    "transform": _compiled,
}
