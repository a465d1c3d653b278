"""The reference engine beside its peers: `python -m benchmarks`."""
