"""The object that a training script holds: it takes values, seals them, and never breaks a run.

The walk of a value: ``run`` (the public methods) → ``numbers``, ``params``, ``images`` … (values
become numbers, JSON or bytes) → ``recorder`` (facts, blobs, trouble) → ``store``.
"""
