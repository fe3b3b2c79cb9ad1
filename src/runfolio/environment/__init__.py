"""Facts of the surroundings: host, user, git, packages, command, source, seeds, secrets.

Nothing here raises, and nothing here is slow: what cannot be learnt is left out. Each module
answers one question and returns plain values, ready for JSON.
"""
