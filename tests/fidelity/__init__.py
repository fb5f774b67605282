"""Public Flask packages, unchanged, through their real pages: every frame must verify without the
app.
"""
