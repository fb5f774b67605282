"""Rewrite the Python that Jinja generates: operations that it leaves to Python become calls of the
runtime.
"""
