"""What becomes of recordings: finished, recovered, moved, encrypted anew, forgotten, deleted by age
or size.
"""
