"""The conformance test of the trace engine: every operation of a template on every kind of value."""
