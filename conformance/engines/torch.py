"""PyTorch, the judge."""

import torch as engine

# A warning that PyTorch gives once in a process must be seen by every scenario that looks for it.
engine.set_warn_always(True)
engine.set_num_threads(1)

_accelerator = getattr(engine, "accelerator", engine.cuda)  # PyTorch before 2.6 has only the latter
_ACCELERATORS = []
if _accelerator.is_available():
    _ACCELERATORS.append("cuda" if _accelerator is engine.cuda else engine.accelerator.current_accelerator().type)

__conformance__ = {
    "name": "PyTorch",
    "version": engine.__version__,
    "devices": ["cpu", *_ACCELERATORS],
}
