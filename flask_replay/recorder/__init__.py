"""The recorder: it observes an app's templates, requests and connections, and delivers what it
records.
"""
