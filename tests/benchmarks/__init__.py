"""The benchmarks run, and recordings stay within the promised sizes. Times are not checked, because
machines differ.
"""
