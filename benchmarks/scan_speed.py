"""How fast a folder of pictures is looked through and decoded, bad ones found, and opened a second time.

Run: ``python benchmarks/scan_speed.py [--count 1000] [--size 256]``. It writes pictures with the detail of photographs
to a temporary folder (a third each PNG, JPEG and WebP; one in twenty broken in one of the twelve ways of the tests) and
prints a table. The bar: at least 200 pictures of 256x256 per second on two cores, every broken one found and no other.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from mulligan.codecs import ImageCodec
from mulligan.data import open_source, survey

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "data"))

from _pictures import WAYS, broken, encoded


def photograph(seed: int, size: int) -> np.ndarray:
    """Smooth shapes with a little grain: it packs about as well as a photograph."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC), np.int16)
    return np.clip(smooth + random.integers(-5, 6, smooth.shape), 0, 255).astype(np.uint8)


def fill(folder: Path, count: int, size: int) -> set[str]:
    """Write the pictures; return the names of the broken ones."""
    names = set()
    for index in range(count):
        suffix = ("png", "jpg", "webp")[index % 3]
        content = encoded(photograph(index, size), suffix)
        if index % 20 == 7:
            suffix, content = broken(index // 20 % WAYS, index)
            names.add(f"{index:05d}.{suffix}")
        (folder / f"{index:05d}.{suffix}").write_bytes(content)
    return names


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--size", type=int, default=256)
    options = parser.parse_args()
    codec = ImageCodec(size=(64, 64))
    with tempfile.TemporaryDirectory() as folder:
        place, cache = Path(folder) / "set", Path(folder) / "cache"
        place.mkdir()
        names = fill(place, options.count, options.size)
        times = [time.perf_counter()]
        survey(place)
        times.append(time.perf_counter())
        first = open_source(place, codec, cache=cache)
        times.append(time.perf_counter())
        second = open_source(place, codec, cache=cache)
        times.append(time.perf_counter())
    seconds = np.diff(times)
    refused = {name for name, _ in first.report.refused}
    print(f"{options.count:,} pictures of {options.size}x{options.size}, {os.cpu_count()} cores")
    print(f"survey        {seconds[0]:6.2f} s")
    print(f"first start   {seconds[1]:6.2f} s   {options.count / seconds[1]:,.0f} pictures/s (the bar: 200)")
    print(f"second start  {seconds[2]:6.2f} s   {second.report.cache.rsplit(' (')[-1].rstrip(')')}")
    print(f"broken        {len(names & refused)} of {len(names)} found, {len(refused - names)} good ones refused")


if __name__ == "__main__":
    main()
