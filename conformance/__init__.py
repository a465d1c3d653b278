"""Where does an engine behave like PyTorch? Scenarios, the machinery that runs them, and verdicts."""
