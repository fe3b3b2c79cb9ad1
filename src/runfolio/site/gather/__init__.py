"""From material to pages: one room for each kind of page.

context    what every page knows, and the words and links that all rooms share
tables     columns of run tables
overview   the front page
boards     leaderboards with their charts
lists      all runs, experiments, tags
run        one run; standing among the others, curves, environment, artifacts, notes, later
handwritten the user's Markdown pages
extras     compare page and index, data page, not found
"""
