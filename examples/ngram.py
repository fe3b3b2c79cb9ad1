"""Language models of Python's own source: n-grams over bytes, nothing but the standard library.

Each run reads the same modules one by one, and tells after each how well it predicts the code of
modules that it never reads.
"""

import argparse
from collections import Counter
from importlib.util import find_spec
from itertools import product
from math import log2
from pathlib import Path

import runfolio

READ = ["argparse", "ast", "dataclasses", "enum", "inspect", "pickle", "shutil", "tokenize"]
HELD_OUT = ["configparser", "doctest", "statistics", "textwrap"]
SMOOTHINGS = ["additive", "interpolated", "witten-bell"]


def sources(modules, size):
    """The first ``size`` bytes of each module's source."""
    return [Path(find_spec(name).origin).read_bytes()[:size] for name in modules]


class NGram:
    """Predicts a byte from the ``order - 1`` bytes before it."""

    def __init__(self, order, smoothing):
        self.smoothing = smoothing
        self.tables = [{} for _ in range(order)]  # by length of the context: context -> counts

    def learn(self, text, start, stop):
        """Count text[start:stop]; what stands before ``start`` is context only."""
        for length, table in enumerate(self.tables):
            for i in range(max(start, length), stop):
                table.setdefault(text[i - length : i], Counter())[text[i]] += 1

    def probability(self, context, byte):
        """From the shortest context to the longest one that was ever seen."""
        p = 1 / 256
        for length, table in enumerate(self.tables):
            seen = table.get(context[len(context) - length :])
            if seen is None:
                break
            if self.smoothing == "additive":
                p = (seen[byte] + 0.05) / (seen.total() + 0.05 * 256)
            elif self.smoothing == "interpolated":
                p = 0.8 * seen[byte] / seen.total() + 0.2 * p
            else:  # Witten-Bell
                p = (seen[byte] + len(seen) * p) / (seen.total() + len(seen))
        return p

    def bits_per_byte(self, text):
        """Mean surprise over the text; 8 would be no idea at all."""
        guesses = [self.probability(text[max(0, i - 9) : i], byte) for i, byte in enumerate(text)]
        return -sum(map(log2, guesses)) / len(text)


def train(run, order, smoothing, size):
    """Fill one run: read a module, see how well others are predicted, read on."""
    parts = sources(READ, size)
    run.log_dataset({"module": READ, "source": parts}, "standard library", role="train")
    text, held_out = b"".join(parts), b"".join(sources(HELD_OUT, 1_500))
    model = NGram(order, smoothing)
    for start in range(0, len(text), size):
        model.learn(text, start, start + size)
        bits = model.bits_per_byte(held_out)
        run.log({"val/perplexity": 2**bits, "val/bits": bits}, step=start + size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", help="where the runs go (default: ./runs)")
    parser.add_argument("--fast", action="store_true", help="a third of the text")
    options = parser.parse_args()
    for smoothing, order in product(SMOOTHINGS, range(1, 7)):
        name, params = f"{smoothing} {order}-gram", {"smoothing": smoothing, "order": order}
        with runfolio.init("ngram", name=name, params=params, store=options.store) as run:
            train(run, order, smoothing, 5_000 if options.fast else 15_000)
