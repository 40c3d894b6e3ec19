"""What an evaluation costs: pictures a second through the extractors, and the seconds of each measure.

    python benchmarks/evaluation_speed.py ../shared/data/mnist [--extractors classifier-mnist random_conv]
                                          [--samples 10000] [--threads 1] [--csv FILE]

Features are of pictures of the train split, and the measures hold its first half against its second, as many from each
as are named. The median of three passes of 2,000 pictures, and one pass of each measure that needs no training.
"""

import argparse
import csv
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mulligan import data
from mulligan.codecs.image import ImageCodec
from mulligan.metrics import Features, extract, fitting, open_extractor

PASSES, PICTURES, BATCH = 3, 2_000, 250
COLUMNS = ("what", "by", "pictures/s", "seconds")


def main() -> None:
    """Print a row to each extractor, then one to each measure by the first of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--extractors", nargs="+", default=["classifier-mnist", "random_conv"])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    found = data.survey(options.data)
    source = data.open_source(options.data, ImageCodec(size=tuple(found.size), channels=found.channels), split="train")
    read = source.read(np.arange(2 * options.samples))
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    rows = []
    for name in options.extractors:
        extractor = open_extractor(name, read["real"][:100])
        passes = [seconds(partial(extract, batches(read["real"][:PICTURES]), extractor))[0] for _ in range(PASSES)]
        taken = statistics.median(passes)
        rows.append(("features", name, f"{PICTURES / taken:,.0f}", ""))
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    extractor = open_extractor(options.extractors[0], read["real"][:100])
    sides = [features(read, half, extractor) for half in np.split(np.arange(2 * options.samples), 2)]
    for kind in fitting(*sides):
        taken, _ = seconds(partial(kind(), *sides, np.random.default_rng(0)))
        rows.append((kind.__name__, options.extractors[0], "", f"{taken:.2f}"))
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])


def batches(raw: np.ndarray) -> list[np.ndarray]:
    """As an evaluation gives them."""
    return [raw[start : start + BATCH] for start in range(0, len(raw), BATCH)]


def features(read: dict[str, np.ndarray], indices: np.ndarray, extractor: Any) -> Features:
    """One side, with its pictures and labels."""
    found = extract(batches(read["real"][indices]), extractor, keep_raw=len(indices))
    return found._replace(labels=read["label"][indices])


def seconds(compute: Callable[[], Any]) -> tuple[float, Any]:
    """How long it takes, and what comes out."""
    start = time.perf_counter()
    answer = compute()
    return time.perf_counter() - start, answer


if __name__ == "__main__":
    main()
