"""What pixture costs, beside its peers and its limits: `python -m benchmarks`."""
