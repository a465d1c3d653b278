"""One file an engine: the same workloads, in the engine's own way."""
