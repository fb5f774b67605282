"""What is asked of the app that Flask-Replay is in: who a visitor is, its keys, its static files,
our own routes.
"""
