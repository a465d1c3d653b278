"""PyTorch on the CPU with the optimizers' foreach ways by default, as they are on CUDA."""

from torch.optim import optimizer
from torch.utils import _foreach_utils

from conformance.engines.torch import engine as engine

for module in (_foreach_utils, optimizer):
    setattr(module, "_get_foreach_kernels_supported_devices", lambda: ["cpu"])  # noqa: B010 (types)
