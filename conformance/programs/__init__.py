"""Random programs: short pieces of ordinary PyTorch code that are run on an engine and on the oracle."""

from conformance.programs.interpreter import run

__all__ = ["run"]
