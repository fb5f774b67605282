"""Pages that change without being loaded anew: what a fragment does to the page that asked for
it.
"""
