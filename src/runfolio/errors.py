"""Every error that runfolio raises on purpose.

    RunfolioError                 something is wrong and the message says what to do
    ├── UsageError                a call or option cannot be understood              (exit 2)
    │   ├── RunNotFoundError      no run has this id, prefix or name                 (exit 1)
    │   ├── AmbiguousRunError     more than one run fits                             (exit 1)
    │   ├── ArtifactNotFoundError the run has no such artifact                       (exit 1)
    │   └── ModelNotFoundError    no model of this name, version or alias            (exit 1)
    ├── ConfigError               the configuration has mistakes; lists all of them  (exit 2)
    ├── StoreError                the store cannot be used as asked                  (exit 1)
    │   ├── StoreNotFoundError    there is no store at this path                     (exit 1)
    │   └── StoreVersionError     the store was written by a newer runfolio          (exit 2)
    ├── DamagedStoreError         damaged files that are needed, or --strict         (exit 3)
    ├── QueryError                the SQL or the filter is wrong                     (exit 1)
    ├── BuildError                the site cannot be built                           (exit 1)
    ├── PublishError              the site cannot be published                       (exit 1)
    ├── UnsafeError               refused, since it could lose or leak data          (exit 4)
    └── MissingPackageError       an optional package is needed                      (exit 1)

A message says what is wrong, where, and (``hint``) what to do. The core knows no command line:
``exit_code`` is only a number that ``cli`` reads.
"""

from __future__ import annotations


class RunfolioError(Exception):
    """Base of all errors raised on purpose; ``hint`` says what to do about it."""

    exit_code = 1
    slug = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"Hint: {hint}")  # Python and notebooks print it under the message


class UsageError(RunfolioError):
    """A call or an option that cannot be understood."""

    exit_code = 2
    slug = "usage"


class RunNotFoundError(UsageError):
    """No run has the given id, prefix or name."""

    exit_code = 1
    slug = "run-not-found"


class AmbiguousRunError(UsageError):
    """More than one run fits the given prefix or name."""

    exit_code = 1
    slug = "ambiguous-run"


class ArtifactNotFoundError(UsageError):
    """The run has no artifact under the given path."""

    exit_code = 1
    slug = "artifact-not-found"


class ModelNotFoundError(UsageError):
    """No model is registered under the given name, version or alias."""

    exit_code = 1
    slug = "model-not-found"


class ConfigError(RunfolioError):
    """The configuration has mistakes; ``problems`` holds one line for each."""

    exit_code = 2
    slug = "config"

    def __init__(self, problems: list[str], *, hint: str = "") -> None:
        super().__init__("\n".join(problems), hint=hint)
        self.problems = problems


class StoreError(RunfolioError):
    """The store cannot be used as asked."""

    slug = "store"


class StoreNotFoundError(StoreError):
    """There is no store at the given path."""

    slug = "store-not-found"


class StoreVersionError(StoreError):
    """The store was written by a newer version of runfolio."""

    exit_code = 2
    slug = "store-version"


class DamagedStoreError(RunfolioError):
    """Files of the store are damaged, and the caller needs them or asked to be strict."""

    exit_code = 3
    slug = "damaged-store"


class QueryError(RunfolioError):
    """The SQL statement or the filter is wrong."""

    slug = "query"


class BuildError(RunfolioError):
    """The site cannot be built."""

    slug = "build"


class PublishError(RunfolioError):
    """The site cannot be published."""

    slug = "publish"


class UnsafeError(RunfolioError):
    """Refused, since going on could lose or leak data."""

    exit_code = 4
    slug = "unsafe"


class MissingPackageError(RunfolioError):
    """An optional package is needed for this."""

    slug = "missing-package"
