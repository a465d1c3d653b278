"""``torch.autograd``."""

from reference.autograd.backward_pass import backward, grad
from reference.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = ["backward", "enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled"]
