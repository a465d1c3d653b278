"""Optimizers, learning-rate schedulers and averaged weights: ``torch.optim``."""

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
]
