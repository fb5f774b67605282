"""The cost of recording in time, processor and disk, measured together with other tools in one
run.
"""
