"""The command line: thin commands over the rooms below; the only room that prints and exits.

    app        the group ``runfolio``, its commands by name, how it ends
    call       what every command is given: flags, configuration, store
    failures   exit codes and error lines
    terminal   width, colour, safe characters
    commands/  one thin function a command
The others (tables, formats, details, prompt, serve, demo …) do the work of one command each.
"""

from __future__ import annotations

import gc
import sys

#: Most commands are over before it is worth looking for cycles: what they load stays to the end.
_OBJECTS = 200_000


def main() -> None:
    """Run the command line of this process and exit; also the entry point ``runfolio``."""
    gc.set_threshold(_OBJECTS, 20, 100)
    try:
        from runfolio.cli.app import app

        app.main(prog_name="runfolio")
    except KeyboardInterrupt:  # so early that nothing is there yet to handle it
        sys.exit(130)
