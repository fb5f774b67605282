"""The engine: templates run as instrumented code that asks a runtime, which records or replays. It
knows no Flask.
"""
