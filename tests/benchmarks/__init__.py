"""The benchmarks run, and recordings stay as small as they promise; times are not judged here,
machines differ.
"""
