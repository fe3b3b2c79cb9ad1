"""T6: whatever happens to the unsynced tail of a journal, no fact is invented or lost before it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from runfolio.store.folder import Folder
from runfolio.store.journal import parse_journal
from runfolio.store.writer import Writer

TRIALS = 5_000
STEPS = 60
SECTOR = 512
NAMES = ("loss", "accuracy", "lr")

Damage = Callable[[random.Random, bytearray, int, bytes], bytearray]


def _cut(dice: random.Random, data: bytearray, synced: int, _: bytes) -> bytearray:
    return data[: dice.randint(synced, len(data))]


def _zero_tail(dice: random.Random, data: bytearray, synced: int, _: bytes) -> bytearray:
    at = dice.randint(synced, len(data))
    return data[:at] + bytes(len(data) - at + dice.randint(0, 4096))


def _lost_sectors(dice: random.Random, data: bytearray, synced: int, _: bytes) -> bytearray:
    for start in range(0, len(data), SECTOR):
        if start >= synced and dice.random() < 0.4:
            end = min(start + SECTOR, len(data))
            data[start:end] = bytes(end - start)
    return data


def _garbage(dice: random.Random, data: bytearray, synced: int, _: bytes) -> bytearray:
    at = dice.randint(synced, len(data))
    return data[:at] + dice.randbytes(dice.randint(1, 2000))


def _stale(dice: random.Random, data: bytearray, synced: int, other: bytes) -> bytearray:
    at = dice.randint(synced, len(data))
    begin = dice.randrange(len(other))
    return data[:at] + other[begin:]


def _flipped(dice: random.Random, data: bytearray, synced: int, _: bytes) -> bytearray:
    for _ in range(dice.randint(1, 5)):
        data[dice.randrange(synced, len(data))] ^= 1 << dice.randrange(8)
    return data


DAMAGES: tuple[Damage, ...] = (_cut, _zero_tail, _lost_sectors, _garbage, _stale, _flipped)


def _value(seq: int) -> float:
    return seq * 1.25 - 3


def _journal(folder: Folder, run_id: str, shift: float = 0) -> tuple[Path, bytes, list[int]]:
    """A journal of points and facts, and its length after each call."""
    writer = Writer(folder, run_id, seal=False)
    ends, seq = [], 0
    for step in range(STEPS):
        if step % 5 == 4:
            writer.fact("tag", f"t{step}", value=_value(seq) + shift, text="é" * (step % 7))
            seq += 1
        else:
            writer.points(step, NAMES, [_value(seq + n) + shift for n in range(3)])
            seq += 3
        (path,) = folder.run_dir(run_id).iterdir()
        ends.append(path.stat().st_size)
    writer.close()
    return path, path.read_bytes(), ends


def test_5000_damaged_tails_invent_and_lose_nothing(folder: Folder, times: int) -> None:
    path, good, ends = _journal(folder, "r1")
    _, other, _ = _journal(folder, "r2", shift=0.5)
    whole = parse_journal(path, good)
    rows_at = {end: len(parse_journal(path, good[:end]).rows) for end in ends}
    lost = wrong = doubled = kept = behind = 0
    for trial in range(TRIALS * times):
        dice = random.Random(trial)
        synced = dice.choice(ends[:-1])
        damage = DAMAGES[trial % len(DAMAGES)]
        found = parse_journal(path, bytes(damage(dice, bytearray(good), synced, other)))
        seqs = list(found.rows.seq)
        lost += len(set(range(rows_at[synced])) - set(seqs))
        doubled += len(seqs) - len(set(seqs))
        wrong += [_value(seq) for seq in seqs] != list(found.rows.value)
        kept += len(seqs) - rows_at[synced]
        behind += len(whole.rows) - rows_at[synced]
    print(
        f"T6: {TRIALS * times:,} damaged tails, {lost} synced facts lost, {wrong} wrong, "
        f"{doubled} doubled; {kept / behind:.0%} of what was not synced was read as well"
    )
    assert (lost, wrong, doubled) == (0, 0, 0)
