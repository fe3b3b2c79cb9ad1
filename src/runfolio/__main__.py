"""``python -m runfolio`` is the command ``runfolio``."""

from runfolio.cli import main

if __name__ == "__main__":
    main()
