"""The recorder: it watches an app's templates, requests and connections, and delivers what it
recorded.
"""
