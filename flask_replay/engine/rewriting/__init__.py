"""Rewriting the Python that Jinja generates: what it leaves to Python itself becomes a question for
the runtime.
"""
