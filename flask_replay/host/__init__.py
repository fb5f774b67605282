"""What Flask-Replay reads from the app it runs in: who a visitor is, its secret keys, its static
files, and which routes are ours.
"""
