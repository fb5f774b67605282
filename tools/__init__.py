"""The implementation of ``./dev``, without dependencies: environments, system packages, and
commands.
"""
