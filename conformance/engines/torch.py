"""PyTorch, the judge."""

from functools import partial

import torch as engine

# A warning that PyTorch gives once in a process must be seen by every scenario that looks for it.
engine.set_warn_always(True)
engine.set_num_threads(1)
# On CUDA cuDNN would multiply float32 in TF32, eleven bits of each factor: float32 is to mean float32 (README.md).
engine.backends.cudnn.allow_tf32 = False


def _accelerators() -> list[str]:
    if hasattr(engine, "accelerator"):  # since PyTorch 2.6
        device = engine.accelerator.current_accelerator(check_available=True)
        return [] if device is None else [device.type]
    return ["cuda"] if engine.cuda.is_available() else []


__conformance__ = {
    "name": "PyTorch",
    "version": engine.__version__,
    "devices": ["cpu", *_accelerators()],
    "reset": partial(engine.set_printoptions, profile="default"),
}
