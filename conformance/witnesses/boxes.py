"""The boxes by the names of their optimizers, with options that keep a trajectory on a quadratic well-conditioned."""

from __future__ import annotations

from typing import Any

from conformance.witnesses.adadelta import adadelta
from conformance.witnesses.adafactor import adafactor
from conformance.witnesses.adagrad import adagrad
from conformance.witnesses.adam import adam, adamw
from conformance.witnesses.adamax import adamax
from conformance.witnesses.asgd import asgd
from conformance.witnesses.nadam import nadam
from conformance.witnesses.radam import radam
from conformance.witnesses.rmsprop import rmsprop
from conformance.witnesses.rprop import rprop
from conformance.witnesses.sgd import sgd
from conformance.witnesses.trajectory import Box

#: Every optimizer that steps each parameter by itself; Muon's rounding is no box's.
BOXES: dict[str, Box] = {
    "SGD": sgd,
    "Adam": adam,
    "AdamW": adamw,
    "Adamax": adamax,
    "NAdam": nadam,
    "RAdam": radam,
    "Adagrad": adagrad,
    "Adadelta": adadelta,
    "Adafactor": adafactor,
    "RMSprop": rmsprop,
    "Rprop": rprop,
    "ASGD": asgd,
}

#: What is said beside the rate where an optimizer's state or memory would otherwise lie idle.
OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.0625, "momentum": 0.5},
    "Adam": {"lr": 0.125},
    "AdamW": {"lr": 0.125, "weight_decay": 0.25},
    "Adamax": {"lr": 0.125},
    "NAdam": {"lr": 0.125},
    "RAdam": {"lr": 0.125, "betas": (0.5, 0.9375)},
    "Adagrad": {"lr": 0.25},
    "Adadelta": {"lr": 0.5, "eps": 0.01},
    "Adafactor": {"lr": 0.125},
    "RMSprop": {"lr": 0.0625},
    "Rprop": {"lr": 0.0625},
    "ASGD": {"lr": 0.125, "lambd": 0.25, "t0": 4.0},
}
