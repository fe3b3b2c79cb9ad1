"""Taking the files of one store into another: what is there is left, what is new is checked."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from runfolio.store import contents, files
from runfolio.store.ahead import Ahead
from runfolio.store.contents import DamagedFileError
from runfolio.store.copied import Copied, Progress, Tally
from runfolio.store.cover import Cover
from runfolio.store.folder import Folder
from runfolio.store.journal import NewerJournalError
from runfolio.store.looked import Looked
from runfolio.store.meeting import compare, is_written_here
from runfolio.store.names import conflict_name
from runfolio.store.parts import Footer
from runfolio.store.seal import temp_for
from runfolio.store.source import Entry, LocalSource, Source
from runfolio.store.tombs import purged, purged_ids
from runfolio.store.unpack import unpack

#: Contents come before the facts that name them, larger files before those they stand for.
_ORDER = {"tomb": 0, "blob": 1, "pack": 2, "part": 3, "journal": 4, "snapshot": 5}


def take_in(
    target: Folder,
    source: Source,
    *,
    runs: Collection[str] | None = None,
    blobs: bool = True,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Copied:
    """Copy into ``target`` what it lacks of ``source``; without ``blobs``, the facts alone."""
    entries = source.entries()
    if not blobs:
        entries = {text: entry for text, entry in entries.items() if entry.name.sort != "blob"}
    intake = _Intake(target, source, dry_run=dry_run)
    chosen = intake.choose(entries, runs)
    if source.local:
        intake.take_all(chosen, progress)
    else:
        with Ahead(source, target, intake.to_fetch(chosen)) as ahead:
            intake.source = ahead
            intake.take_all(chosen, progress)
    intake.settle()
    return intake.tally.result(source.label, str(target.path), dry_run=dry_run)


class _Intake:
    """One store on its way into another."""

    def __init__(self, target: Folder, source: Source, *, dry_run: bool) -> None:
        self.target = target
        self.source: Source = source
        self.looked = None if source.local else Looked(target, source.label)
        self.dry_run = dry_run
        self.tally = Tally()
        self.ours = LocalSource(target).entries()
        self.cover = Cover(target.path, self.ours)
        self.gone = purged_ids(target)
        self.only: frozenset[str] | None = None
        self.fresh: set[Path] = set()

    # What is looked at

    def choose(self, entries: dict[str, Entry], runs: Collection[str] | None) -> list[Entry]:
        """The files to look at, in the order in which they may come."""
        tombs = {each.name.run_id for each in entries.values() if each.name.sort == "tomb"}
        self.gone |= tombs
        self.only = None if runs is None else frozenset(runs) - self.gone
        unwanted = self._unwanted_blobs(entries)
        chosen = []
        for entry in entries.values():
            name = entry.name
            if name.sort != "tomb" and name.run_id in self.gone:
                self.tally.purged.add(name.run_id)
            elif name.sort == "blob":
                if name.file not in unwanted:
                    chosen.append(entry)
            elif name.sort == "snapshot" and self.only is not None:
                continue  # some of the runs are no snapshot
            elif not name.run_id or self.only is None or name.run_id in self.only:
                chosen.append(entry)
        return sorted(chosen, key=_turn)

    def _unwanted_blobs(self, entries: dict[str, Entry]) -> frozenset[str]:
        """Contents that no run needs which is copied: those of purged and of other runs."""
        here = {each.name.file for each in entries.values() if each.name.sort == "blob"}
        buried = {digest for tomb in purged(self.target).values() for digest in tomb.blobs}
        if not isinstance(self.source, LocalSource):
            return frozenset(buried & here)
        if self.only is None and not buried & here:
            return frozenset()
        from runfolio.store.digests import digests_of

        needed = digests_of(self.source.folder, self.only, but=self.gone)
        return frozenset((here if self.only is not None else buried & here) - needed)

    def to_fetch(self, chosen: Iterable[Entry]) -> Iterator[Entry]:
        """Those that will have to be fetched, as far as names tell."""
        for entry in chosen:
            wanted = not self.dry_run or entry.name.sort == "pack"
            if wanted and entry.name.text not in self.ours and not self._is_held(entry):
                yield entry

    def _is_held(self, entry: Entry) -> bool:
        """Whether larger files are known to have the facts of this one."""
        name = entry.name
        if self.looked is not None and entry in self.looked:
            return True
        return name.sort == "part" and self.cover.holds({name.writer: ((name.lo, name.hi),)})

    # One file

    def take_all(self, chosen: Sequence[Entry], progress: Progress | None) -> None:
        """Take the files one after the other."""
        for number, entry in enumerate(chosen):
            if progress is not None:
                progress(number, len(chosen), self.tally.bytes)
            self.take(entry)
        if progress is not None:
            progress(len(chosen), len(chosen), self.tally.bytes)

    def take(self, entry: Entry) -> None:
        """Copy a file if it is not there; what is wrong with it is noted."""
        name = entry.name
        try:
            if name.text in self.ours:
                self._meet(entry)
            elif self._is_held(entry):
                self.tally.same += 1
            elif name.sort == "pack":
                self._pack(entry)
            elif name.sort == "journal":
                self._journal(entry)
            else:
                self._bring(entry)
        except DamagedFileError as error:
            self.tally.damaged(name, error.code, f"It is not used: {error}")
        except NewerJournalError as error:
            self.tally.damaged(name, "newer-format", f"A newer runfolio wrote it ({error})")
        except FileNotFoundError as error:
            if error.filename and Path(error.filename).is_relative_to(self.target.path):
                raise  # our own folder went away
            self.tally.same += 1  # cleaned away just now, since a larger file has its facts

    def _bring(self, entry: Entry) -> None:
        """Fetch, check, rename."""
        if self.dry_run:
            path = self.source.path(entry)
            footer = contents.check(entry.name, path) if path else None
        else:
            footer = self._copy(entry)
        self.tally.came(entry)
        if entry.name.sort == "part":
            self.cover.add(entry.name, footer)

    def _copy(self, entry: Entry) -> Footer | None:
        temp = self._fetch(entry)
        try:
            footer = contents.check(entry.name, temp)
            self._place(entry, temp)
        finally:
            temp.unlink(missing_ok=True)
        return footer

    def _fetch(self, entry: Entry) -> Path:
        temp = temp_for(self.target, entry.name.file)
        try:
            self.source.fetch(entry, temp)
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
        return temp

    def _place(self, entry: Entry, temp: Path, file: str = "") -> None:
        """Give a checked file its name (or ``file`` beside it)."""
        there = self.target.path / entry.name.text
        there = there.with_name(file) if file else there
        if entry.name.sort == "journal" and entry.mtime_ns:  # its age says whether its writer lives
            os.utime(temp, ns=(entry.mtime_ns, entry.mtime_ns))
        files.make_dirs(there.parent)
        temp.replace(there)
        self.fresh.add(there.parent)

    def _pack(self, entry: Entry) -> None:
        """Copy a pack; of one that holds purged or unwanted runs, the others as parts."""
        path = self.source.path(entry)
        temp = None if path else self._fetch(entry)
        try:
            here = path or temp
            assert here is not None
            footer = contents.check(entry.name, here)
            assert footer is not None
            held = set(footer.runs.values())
            wanted = (held if self.only is None else held & self.only) - self.gone
            self.tally.purged |= held & self.gone
            lacking = {
                footer.runs[writer]
                for writer, ranges in footer.coverage.items()
                if footer.runs[writer] in wanted and not self.cover.holds({writer: ranges})
            }
            if not lacking or self.cover.holds(footer.coverage):
                return self._passed(entry)
            if wanted == held:
                return self._whole_pack(entry, footer, held)
            if not self.dry_run:
                for _ in unpack(self.target, here, lacking):
                    pass
            self.tally.came(entry, lacking)
        finally:
            if temp is not None:
                temp.unlink(missing_ok=True)

    def _whole_pack(self, entry: Entry, footer: Footer, runs: set[str]) -> None:
        if not self.dry_run:
            self._copy(entry)
        self.tally.came(entry, runs)
        self.cover.add(entry.name, footer)

    def _journal(self, entry: Entry) -> None:
        """Copy a journal unless a part has its facts."""
        path = self.source.path(entry)
        if path is not None:
            ranges = contents.journal_ranges(entry.name, path)
            if ranges and self.cover.holds({entry.name.writer: ranges}):
                self.tally.same += 1
            else:
                self._bring(entry)
            return
        if self.dry_run:
            return self.tally.came(entry)
        temp = self._fetch(entry)
        try:
            ranges = contents.journal_ranges(entry.name, temp)
            if ranges and self.cover.holds({entry.name.writer: ranges}):
                return self._passed(entry)
            self._place(entry, temp)
            self.tally.came(entry)
        finally:
            temp.unlink(missing_ok=True)

    def _passed(self, entry: Entry) -> None:
        """The facts are there already; what was fetched to find out is not fetched again."""
        self.tally.same += 1
        if self.looked is not None:
            self.looked.add(entry)

    # Two files of one name

    def _meet(self, entry: Entry) -> None:
        """Both stores have the name: find out which content counts."""
        name = entry.name
        path, size = self.source.path(entry), self.ours[name.text].size
        shorter = name.sort == "journal" and entry.size < size
        if path is None and (entry.size == size or shorter):
            self.tally.same += 1  # a look at the contents would cost a transfer
            return
        temp = None if path else self._fetch(entry)
        try:
            theirs = path or temp
            assert theirs is not None
            self._judge(entry, theirs)
        finally:
            if temp is not None:
                temp.unlink(missing_ok=True)

    def _judge(self, entry: Entry, theirs: Path) -> None:
        name, ours = entry.name, self.target.path / entry.name.text
        verdict = compare(name, ours, theirs)
        if verdict == "same":
            self.tally.same += 1
        elif verdict == "broken":
            code = "blob-damaged" if name.sort == "blob" else "part-damaged"
            self.tally.damaged(name, code, "It is not used: its bytes are damaged")
        elif verdict == "longer":
            if name.sort == "journal" and is_written_here(ours):
                self.tally.kept.append(name.text)
            else:
                self._replace(entry)
        elif verdict == "heal":
            self.tally.healed.append(name.text)
            if not self.dry_run:
                _set_aside(ours)
                self._replace(entry)
        else:
            self._keep_both(entry, theirs)

    def _replace(self, entry: Entry) -> None:
        self.tally.came(entry)
        if self.dry_run:
            return
        temp = self._fetch(entry)
        try:
            self._place(entry, temp)
        finally:
            temp.unlink(missing_ok=True)

    def _keep_both(self, entry: Entry, theirs: Path) -> None:
        """Keep theirs beside ours, where no reader takes it for a file of facts."""
        file = conflict_name(entry.name.file, contents.digest_of(theirs))
        there = (self.target.path / entry.name.text).with_name(file)
        self.tally.conflicts.append(there.relative_to(self.target.path).as_posix())
        if there.exists() or self.dry_run:
            return
        temp = self._fetch(entry)
        try:
            self._place(replace(entry, mtime_ns=0), temp, file)
        finally:
            temp.unlink(missing_ok=True)

    def settle(self) -> None:
        """Make the new entries of all folders durable."""
        for home in sorted(self.fresh):
            files.sync_dir(home)
        if self.looked is not None and not self.dry_run:
            self.looked.save()


def _turn(entry: Entry) -> tuple[int, int, str]:
    name = entry.name
    return _ORDER[name.sort], name.lo - name.hi, name.text


def _set_aside(path: Path) -> None:
    """Rename a damaged file so that nothing reads it; what it holds stays for experts."""
    aside = path.with_name(path.name + ".broken")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.broken{number}")
    files.replace(path, aside)
