"""The recorder: it listens to an app's templates, requests and connections, and delivers what it
recorded.
"""
