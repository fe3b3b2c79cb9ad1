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
import os
import sys

#: Most commands are over before it is worth looking for cycles: what they load stays to the end.
_OBJECTS = 200_000


#: Commands that read and print: when they are over, so is all that they had to do.
_READING = frozenset({"ls", "show", "diff", "sql", "log"})


def main() -> None:
    """Run the command line of this process and exit; also the entry point ``runfolio``."""
    gc.set_threshold(_OBJECTS, 20, 100)
    try:
        from runfolio.cli.app import app

        app.main(prog_name="runfolio")
    except SystemExit as exit:
        if app.asked in _READING:
            _leave(exit)
        raise
    except KeyboardInterrupt:  # so early that nothing is there yet to handle it
        sys.exit(130)


def _leave(exit: SystemExit) -> None:
    """Exit at once: to take apart what was loaded would take a tenth of the command's time."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit.code if isinstance(exit.code, int) else 0)
