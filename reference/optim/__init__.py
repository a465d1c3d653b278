"""``torch.optim``."""
from reference.optim.optimizer import Optimizer
__all__ = ["Optimizer"]
