"""The benchmarks run, and recordings stay small; times are not judged here, machines differ."""
