"""Pages of datasets and of registered models: who made them, who used them, what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runfolio.query.models import ModelVersion
from runfolio.query.rows import Dataset
from runfolio.site.gather.context import Context, counted, listed, short_digest
from runfolio.site.gather.lists import quoted
from runfolio.site.gather.things_parts import (
    MOST_ROWS,
    board_for,
    number_entry,
    run_entry,
    runs_sheet,
    shown_short,
)
from runfolio.site.material import shown_time
from runfolio.site.numbers import format_bytes
from runfolio.site.pages import Entry, Fact, Link, Sheet, ThingPage, Tile
from runfolio.site.words import _

#: Roles in which a run made the data itself.
MADE = ("output", "produced", "generated")
MOST_COLUMNS = 200

Uses = Sequence[tuple[str, Dataset]]


def dataset_page(context: Context, key: tuple[str, str]) -> ThingPage:
    """A dataset with one content: what it is, who used it and how, what came of it."""
    name, digest = key
    uses = context.material.things.data[key]
    by_role: dict[str, list[str]] = {}
    for run_id, each in uses:
        by_role.setdefault(each.role or "", []).append(run_id)
    ids = tuple(dict.fromkeys(run_id for run_id, _each in uses))
    where = f"digest = {quoted(digest)}" if digest else "digest IS NULL"
    sheets = [_schema(uses), *_role_sheets(context, by_role), _derived(context, ids)]
    return ThingPage(
        path=context.dataset_paths[key],
        title=name,
        site=context.site,
        description=_("The dataset {name}, used by {n}.", name=name, n=counted(len(ids), "run")),
        word=_("Dataset"),
        crumbs=(Link("datasets/index.html", _("Datasets")),),
        lead=_used(by_role),
        tiles=_tiles(uses, ids),
        links=_siblings(context, key),
        facts=_facts(key, uses),
        sheets=tuple(filter(None, sheets)),
        sql="SELECT runs.name, role, started FROM datasets JOIN runs USING (run_id) "
        f"WHERE datasets.name = {quoted(name)} AND {where} ORDER BY started DESC",
    )


def _used(by_role: Mapping[str, Sequence[str]]) -> str:
    """'for training by 12 runs and for test by 3 runs'."""
    parts = [
        f"{role or _('no role')}: {counted(len(set(ids)), 'run')}"
        for role, ids in sorted(by_role.items())
    ]
    return " · ".join(parts)


def _first(uses: Uses, field: str) -> Any:
    """The newest value that somebody told of the dataset."""
    ordered = sorted(uses, key=lambda use: (use[1].time, use[0]), reverse=True)
    return next((v for _id, each in ordered if (v := getattr(each, field)) is not None), None)


def _tiles(uses: Uses, ids: Sequence[str]) -> tuple[Tile, ...]:
    tiles = [Tile(_("Runs"), f"{len(ids):,}")]
    for label, field in ((_("Rows"), "rows"), (_("Columns"), "columns")):
        value = _first(uses, field)
        tiles += [Tile(label, f"{value:,}")] if value is not None else []
    size = _first(uses, "size")
    tiles += [Tile(_("Size"), format_bytes(size))] if size is not None else []
    tiles.append(Tile(_("Last used"), shown_time(max(each.time for _id, each in uses))))
    return tuple(tiles)


def _facts(key: tuple[str, str], uses: Uses) -> tuple[Fact, ...]:
    facts = [Fact(_("Name"), key[0], mono=True)]
    facts.append(
        Fact(_("Digest"), key[1], mono=True)
        if key[1]
        else Fact(_("Digest"), _("unknown: nobody can tell whether it was the same data"))
    )
    sources = sorted({each.source for _id, each in uses if each.source})
    for source in sources[:5]:
        web = source if source.startswith(("https://", "http://")) else ""
        facts.append(Fact(_("Source"), source, mono=True, href=web))
    return tuple(facts)


def _siblings(context: Context, key: tuple[str, str]) -> tuple[Link, ...]:
    """The same name with other contents."""
    return tuple(
        Link(path, short_digest(digest) or _("without a digest"), _("same name, other content"))
        for (name, digest), path in context.dataset_paths.items()
        if name == key[0] and digest != key[1]
    )[:8]


def _schema(uses: Uses) -> Sheet | None:
    """The columns of the data, where somebody told them: a mapping of names, or a list."""
    schema = _first(uses, "schema")
    if isinstance(schema, Mapping):
        inner = schema.get("columns", schema.get("fields", schema))
        schema = inner if isinstance(inner, list | Mapping) else schema
    pairs: list[tuple[str, str]] = []
    if isinstance(schema, Mapping):
        pairs = [(str(name), _plain(kind)) for name, kind in schema.items()]
    elif isinstance(schema, list):
        pairs = [
            (str(one.get("name", "")), _plain(one.get("type", one.get("dtype", ""))))
            if isinstance(one, Mapping)
            else (str(one), "")
            for one in schema
        ]
    if not pairs:
        return None
    rows = tuple((Entry(name), Entry(kind)) for name, kind in pairs[:MOST_COLUMNS])
    note = counted(len(pairs), "column")
    return Sheet("schema", _("Columns"), (_("Column"), _("Type")), ("mono", "mono"), rows, note)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _role_sheets(context: Context, by_role: Mapping[str, Sequence[str]]) -> list[Sheet]:
    sheets: list[Sheet] = []
    for role, ids in sorted(by_role.items()):
        made = role in MADE
        title = (
            _("Made by") if made else _("Used as {role} by", role=role) if role else _("Used by")
        )
        unique = tuple(dict.fromkeys(ids))
        sheets.append(runs_sheet(context, unique, title, id=f"role-{len(sheets) + 1}"))
    return sheets


def _derived(context: Context, ids: Sequence[str]) -> Sheet | None:
    """Models that runs which used the data registered."""
    wanted = set(ids)
    found = [each for each in context.material.things.models if each.run_id in wanted]
    if not found:
        return None
    rows = tuple(
        (
            Entry(each.label, context.model_paths[each.name]),
            run_entry(context.material, each.run_id),
            number_entry(shown_time(each.time)),
        )
        for each in found[-MOST_ROWS:]
    )
    heads = (_("Model"), _("Made by"), _("Registered"))
    title = _("Models derived from it")
    return Sheet("models", title, heads, ("", "", "num"), rows, counted(len(found), "version"))


def dataset_row(context: Context, key: tuple[str, str]) -> tuple[Link, tuple[str, ...]]:
    """A dataset in the list of all."""
    uses = context.material.things.data[key]
    rows, size = _first(uses, "rows"), _first(uses, "size")
    roles = sorted({each.role for _id, each in uses if each.role})
    texts = (
        short_digest(key[1]),
        ", ".join(roles),
        f"{len({run_id for run_id, _each in uses}):,}",
        "" if rows is None else f"{rows:,}",
        "" if size is None else format_bytes(size),
        shown_time(max(each.time for _id, each in uses)),
    )
    return Link(context.dataset_paths[key], key[0]), texts


def model_page(context: Context, name: str) -> ThingPage:
    """A registered model: its versions, what each is called, who made it, who started from it."""
    versions = context.material.things.versions(name)
    newest = versions[-1]
    held = {alias: each for each in versions for alias in each.aliases}
    sheets = (_versions(context, versions), _starts(context, versions))
    return ThingPage(
        path=context.model_paths[name],
        title=name,
        site=context.site,
        description=_("The model {name}: {n}.", name=name, n=counted(len(versions), "version")),
        word=_("Model"),
        crumbs=(Link("models/index.html", _("Models")),),
        lead=_lead(versions),
        text_html=_card(context, versions),
        tiles=(
            Tile(_("Versions"), f"{len(versions):,}"),
            Tile(_("Newest"), f"{newest.version}", newest.run_name, _path(context, newest)),
            *(_held(context, alias, each) for alias, each in sorted(held.items())[:3]),
            Tile(_("Runs that started from it"), f"{sum(each.uses for each in versions):,}"),
        ),
        sheets=tuple(filter(None, sheets)),
        sql=f"SELECT * FROM models WHERE name = {quoted(name)} ORDER BY version",
    )


def _held(context: Context, alias: str, version: ModelVersion) -> Tile:
    label = _("Alias {name}", name=alias)
    return Tile(label, f"{version.version}", version.run_name, _path(context, version), "good")


def _lead(versions: Sequence[ModelVersion]) -> str:
    aliases = listed(sorted(alias for each in versions for alias in each.aliases))
    told = counted(len(versions), "version")
    return f"{told} · {aliases}" if aliases else told


def _path(context: Context, version: ModelVersion) -> str:
    ref = context.material.refs.get(version.run_id)
    return ref.path if ref else ""


def _card(context: Context, versions: Sequence[ModelVersion]) -> str:
    """What was said about the model, and about its versions, the newest first."""
    parts = [versions[-1].description] if versions[-1].description else []
    for each in reversed(versions):
        if each.note:
            parts.append(f"### {_('Version {n}', n=each.version)}\n\n{each.note}")
    return context.markdown.render("\n\n".join(parts)).html if parts else ""


def _versions(context: Context, versions: Sequence[ModelVersion]) -> Sheet:
    material = context.material
    board = board_for(material, [v.run_id for v in versions if v.run_id in material.runs])
    rows = []
    for each in reversed(versions):
        value = material.value_of(board, each.run_id) if board else None
        result = shown_short(material, board.metric, value) if board else ""
        rows.append(
            (
                number_entry(f"{each.version}", strong=True),
                Entry(", ".join(each.aliases)),
                run_entry(material, each.run_id),
                number_entry(result),
                Entry(each.artifact or "", kind="mono", note=short_digest(each.digest or "")),
                number_entry(f"{each.uses:,}"),
                number_entry(shown_time(each.time)),
            )
        )
    metric = material.title_of(board.metric) if board else _("Result")
    heads = (
        _("Version"),
        _("Aliases"),
        _("Made by"),
        metric,
        _("Files"),
        _("Uses"),
        _("Registered"),
    )
    kinds = ("num", "", "", "num", "mono", "num", "num")
    return Sheet("versions", _("Versions"), heads, kinds, tuple(rows[:100]))


def _starts(context: Context, versions: Sequence[ModelVersion]) -> Sheet | None:
    """Runs that started from one of the versions."""
    material = context.material
    rows = []
    for each in reversed(versions):
        for run_id in material.things.starts.get((each.name, each.version), ()):
            started = shown_time(material.runs[run_id].started) if run_id in material.runs else ""
            cells = (run_entry(material, run_id), number_entry(f"{each.version}"))
            rows.append((*cells, number_entry(started)))
    if not rows:
        return None
    heads = (_("Run"), _("Version"), _("Started"))
    title = _("Runs that started from it")
    note = counted(len(rows), "run")
    return Sheet("starts", title, heads, ("", "num", "num"), tuple(rows[:MOST_ROWS]), note)


def model_row(context: Context, name: str) -> tuple[Link, tuple[str, ...]]:
    """A model in the list of all."""
    versions = context.material.things.versions(name)
    aliases = [f"{alias}: {each.version}" for each in versions for alias in each.aliases]
    texts = (
        ", ".join(sorted(aliases)),
        f"{len(versions):,}",
        f"{sum(each.uses for each in versions):,}",
        shown_time(versions[-1].time),
    )
    return Link(context.model_paths[name], name), texts
