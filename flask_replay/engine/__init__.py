"""The engine: templates run as instrumented code that calls a runtime, which records or replays. It
does not depend on Flask.
"""
