"""What Flask-Replay reads from the app it runs in: the names of visitors, secret keys, static
files, and its own routes.
"""
