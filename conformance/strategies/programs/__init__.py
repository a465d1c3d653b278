"""Strategies of whole programs (`conformance.programs`)."""

from conformance.strategies.programs.machine import TrainingLoop
from conformance.strategies.programs.whole import FOCUSES, programs

__all__ = ["FOCUSES", "TrainingLoop", "programs"]
