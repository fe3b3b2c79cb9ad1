"""Citing the results: what is cited, in which forms, and as linked data.

work        what is cited and by whom, from ``[citation]`` and a CITATION.cff
forms       CITATION.cff, BibTeX, APA, CSL-JSON
linked      schema.org JSON-LD, for search engines of data sets
croissant   the files and their columns, for machine-learning tools
"""
