"""One frozen ``Config`` from ``runfolio.toml``, the environment and flags.

options    every option, declared once
lines      line numbers of TOML keys
source     find and read the file
values     turn what was given into a value, or say what is wrong
load       default < file < environment < flag
template   documentation and the commented file of ``runfolio init``
"""

from runfolio.config.load import as_dict, load, require_apart
from runfolio.config.options import (
    CaptureConfig,
    Config,
    LeaderboardConfig,
    MetricConfig,
    PaperConfig,
    SiteConfig,
)

__all__ = [
    "CaptureConfig",
    "Config",
    "LeaderboardConfig",
    "MetricConfig",
    "PaperConfig",
    "SiteConfig",
    "as_dict",
    "load",
    "require_apart",
]
