"""What tells that nobody has touched a file since the last look."""

from __future__ import annotations

import os

#: (size, mtime, ctime, inode): equal as long as nobody has touched a file. Of a directory, without
#: a size. Times in ns.
Mark = tuple[int, int, int, int]


def mark_of(found: os.stat_result) -> Mark:
    """What changes when somebody touches the file."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
