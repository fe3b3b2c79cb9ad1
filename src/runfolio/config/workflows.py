"""The options of ``[ci]``: what the workflows of ``runfolio init ci`` say."""

from __future__ import annotations

from dataclasses import dataclass, field

from runfolio.config.about import about


@dataclass(frozen=True, kw_only=True)
class CiConfig:
    """What the workflows of ``runfolio init ci`` say."""

    install: str = field(
        default="",
        metadata=about(
            "What pip installs in the workflows; without it, the runfolio that wrote them: its "
            "version, or the commit of git that it was installed from.",
            example='"runfolio[secrets]==0.1.0"',
        ),
    )
