"""``runfolio snapshot`` and ``runfolio cite``: results that can be cited."""

from __future__ import annotations

from pathlib import Path

import click

from runfolio.cli.call import (
    Call,
    as_of_option,
    config_option,
    json_option,
    pass_call,
    store_option,
)


@click.command()
@click.argument("name", metavar="[NAME]", required=False, default="")
@click.option("--filter", metavar="FILTER", help="Only the runs that match.")
@click.option("--note", metavar="TEXT", help="What it is for; also later, of one that is there.")
@click.option("--doi", metavar="DOI", help="Its DOI; also later, once an archive has given one.")
@click.option("--verify", is_flag=True, help="Check that every fact of it is as it was.")
@click.option(
    "--with",
    "copy",
    type=click.Path(exists=True, path_type=Path),
    metavar="COPY",
    help="With --verify: also compare a downloaded zip or folder.",
)
@click.option("--remove", is_flag=True, help="Let it go, with its pages; the runs stay.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_of_option
@json_option
@store_option
@config_option
@pass_call
def snapshot(call: Call, /, **asked: object) -> None:
    """Freeze the results under a name, to be cited.

    \b
    runfolio snapshot v1.0 --note "As in the paper."
    runfolio snapshot v1.0 --filter tag:paper --as-of 2026-11-01
    runfolio snapshot v1.0 --doi 10.5281/zenodo.1234567
    runfolio snapshot --verify v1.0 --with v1.0.zip

    Without a NAME it lists them. A snapshot is a small file in the store that names every
    fact of its runs, with a digest. The site shows it at snapshots/NAME/, and it stays as it
    is whatever is logged, corrected or moved into the trash later. Only a purge takes runs
    out of it, and then it says so.
    """
    from runfolio.cli.freezing import Asked, snapshot_and_tell

    snapshot_and_tell(call, Asked(**asked))  # type: ignore[arg-type]


@click.command()
@click.argument("name", metavar="[SNAPSHOT]", required=False, default="")
@click.option(
    "--format",
    "form",
    type=click.Choice(["apa", "bibtex", "cff", "csl-json"]),
    default="bibtex",
    show_default=True,
    help="How it is written.",
)
@store_option
@config_option
@pass_call
def cite(call: Call, form: str, name: str) -> None:
    """Print how to cite the results, or one of their snapshots.

    \b
    runfolio cite
    runfolio cite v1.0 --format cff > CITATION.cff

    It says what [citation] in runfolio.toml says, and a CITATION.cff beside it.
    """
    from runfolio.cli.citing import cite_and_tell

    cite_and_tell(call, form, name)
