"""Where does an engine behave like PyTorch? Scenarios, the machinery that runs them, and verdicts."""

__version__ = "0.1.0"
