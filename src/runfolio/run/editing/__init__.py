"""Corrections of what was logged, by people and with their name. Nothing that was said is changed.

editor       Editor: rename, move, drop, undo, late metrics, tags, notes, trash, purge
selection    which runs are meant: names and ids, or a filter
dropping     which points a drop takes away, as the fact that says so
undoing      which correction is taken back
purging      what goes for good, and only that
"""
