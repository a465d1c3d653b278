"""PyTorch, each scenario compiled by ``torch.compile`` with the aot_eager back end: traced, functionalized, and run."""

from typing import Any

import torch as engine


def _compiled(body: Any) -> Any:
    engine._dynamo.reset()
    return engine.compile(body, backend="aot_eager")


engine.set_num_threads(1)

__conformance__ = {
    "name": "PyTorch, torch.compile (aot_eager)",
    "version": engine.__version__,
    "devices": ["cpu"],
    "transform": _compiled,
}
