"""Learning-rate schedulers: ``torch.optim.lr_scheduler``."""

from reference.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from reference.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from reference.optim.lr_scheduler.cyclic import CyclicLR
from reference.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from reference.optim.lr_scheduler.functions import LambdaLR, MultiplicativeLR
from reference.optim.lr_scheduler.one_cycle import OneCycleLR
from reference.optim.lr_scheduler.plateau import ReduceLROnPlateau
from reference.optim.lr_scheduler.scheduler import LRScheduler, _LRScheduler

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
