"""``runfolio publish``: the site goes before the world."""

from __future__ import annotations

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call, store_option
from runfolio.cli.outgoing import Wanted
from runfolio.cli.publishing import publish_and_tell


@click.command()
@click.option(
    "--to",
    default="",
    metavar="PLACE",
    help="A folder, a .zip, an .html file, s3://bucket/path or hf://spaces/OWNER/NAME, "
    "in place of the branch.",
)
@click.option(
    "--single-file",
    default="",
    metavar="FILE",
    help="One HTML file that holds it all and opens by double-click.",
)
@click.option(
    "--side-files/--no-side-files",
    default=None,
    help="Data in a folder beside the single file, or never [default: above 20 MB].",
)
@click.option(
    "--open",
    "opens",
    default="",
    metavar="PAGE",
    help="Where the single file opens: compare, a run, or a page such as leaderboards/digits.",
)
@click.option("--filter", metavar="EXPR", help="Only runs that match go out.")
@click.option(
    "--password-env",
    default="",
    metavar="NAME",
    help="Lock all of it with the passphrase in this environment variable.",
)
@click.option("--remote", metavar="NAME", help="Git remote, or its address [default: origin].")
@click.option("--branch", metavar="NAME", help="Branch that the host serves [default: gh-pages].")
@click.option("--dest", metavar="DIR", help="Folder of the branch; what lies beside it stays.")
@click.option(
    "--keep-history",
    "history",
    type=click.IntRange(min=0),
    metavar="N",
    help="Commits that the branch keeps, 0 for all [default: 1, so that it does not grow].",
)
@click.option("--no-history", is_flag=True, help="Keep the newest commit alone.")
@click.option("--cname", metavar="DOMAIN", help="Domain of your own, for GitHub Pages.")
@click.option("--no-cname", is_flag=True, help="Take the domain of your own off the branch.")
@click.option(
    "--host",
    type=click.Choice(["github", "gitlab", "cloudflare", "huggingface"]),
    help="Whose limits of size count [default: told from the remote].",
)
@click.option(
    "--anonymous/--named",
    default=None,
    help="Pseudonyms for people, machines, commits and remotes, for a double-blind review.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="ID",
    help="Let this finding out, now and later: it is noted in [publish] allow (again: and that).",
)
@click.option("--adopt", is_flag=True, help="Publish beside files that no site wrote.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@click.option("--wait", is_flag=True, help="Wait until the address shows it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@store_option
@config_option
@pass_call
def publish(call: Call, /, as_json: bool, **wishes: object) -> None:
    """Build the site for others and put it before the world.

    \b
    runfolio publish --dry-run
    runfolio publish                        (branch gh-pages of the remote)
    runfolio publish --to results.zip       (or a folder, or s3://bucket/path)
    runfolio publish --single-file out.html (or --to out.html: one file to send round)
    runfolio publish --password-env NAME    (locked: nothing can be read without it)

    Names of people and machines, absolute paths, output, scripts and uncommitted changes stay
    home; [publish] in runfolio.toml says which runs go out and what else may be seen. Every
    file is searched for secrets before it leaves. Your worktree, index, branches and hooks
    are not touched.
    """
    publish_and_tell(call, Wanted.of(as_json=as_json, **wishes))
