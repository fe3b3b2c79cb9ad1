"""Filters on the command line and in runfolio.toml."""

from __future__ import annotations

from pathlib import Path

import click


class FilterCommand(click.Command):
    """Takes ``-tag:x`` as a word of the filter; long options and ``-h`` stay options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move negated terms behind ``--``, where click leaves them alone."""
        with_value = {
            name
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for name in parameter.opts
        }
        kept: list[str] = []
        words: list[str] = []
        rest = iter(args)
        for word in rest:
            if word == "--":
                words.extend(rest)
            elif _is_negation(word):
                words.append(word)
            else:
                kept.append(word)
                if word in with_value:
                    kept.extend(value for value in [next(rest, None)] if value is not None)
        return super().parse_args(ctx, [*kept, "--", *words] if words else kept)


def _is_negation(word: str) -> bool:
    return len(word) > 2 and word[0] == "-" and word[1] != "-"


def check_filter(text: str, base: Path) -> str:
    """The filter of a leaderboard as it is; NotAllowedError says what is wrong with it."""
    from runfolio.config.values import NotAllowedError
    from runfolio.errors import QueryError
    from runfolio.query.filter import parse

    try:
        parse(text)
    except QueryError as error:
        first = error.message.partition("\n")[0]
        raise NotAllowedError(first.removeprefix("In the filter, ")) from None
    return text
