"""What a case shows: each figure once, an interval with its source, on the path and in the time that it belongs to.

Diagnosis, plan and report read this room, and never the files of a case.
"""
