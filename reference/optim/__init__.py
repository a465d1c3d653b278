"""Optimizers, learning-rate schedulers and averaged weights: ``torch.optim``."""

from __future__ import annotations

import importlib
from typing import Any

from reference.optim import lr_scheduler
from reference.optim.adadelta import Adadelta
from reference.optim.adafactor import Adafactor
from reference.optim.adagrad import Adagrad
from reference.optim.adam import Adam
from reference.optim.adamax import Adamax
from reference.optim.adamw import AdamW
from reference.optim.asgd import ASGD
from reference.optim.lbfgs import LBFGS
from reference.optim.muon import Muon
from reference.optim.nadam import NAdam
from reference.optim.optimizer import Optimizer
from reference.optim.radam import RAdam
from reference.optim.rmsprop import RMSprop
from reference.optim.rprop import Rprop
from reference.optim.sgd import SGD
from reference.optim.sparse_adam import SparseAdam
from reference.optim.swapping import swap_in_optimizer_params_and_state

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "lr_scheduler",
    "swa_utils",
    "swap_in_optimizer_params_and_state",
]


def __getattr__(name: str) -> Any:
    if name == "swa_utils":  # needs torch.nn, which optimizers do without
        return importlib.import_module("reference.optim.swa_utils")
    raise AttributeError(f"module 'torch.optim' has no attribute '{name}'")
