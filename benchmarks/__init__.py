"""What is measured against the limits of the design. `make bench`, or one of them by `python -m benchmarks.<name>`."""
