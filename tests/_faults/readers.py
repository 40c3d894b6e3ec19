"""Row 17: processes that read the data die or hang, and pictures vanish, while a run goes on."""

import faulthandler
import os
import signal
import time
from itertools import islice
from pathlib import Path

import _tiny_runs as tiny
import numpy as np
import torch

from _faults.outcome import Outcome
from mulligan import data
from mulligan.codecs.image import ImageCodec
from mulligan.data._source import Live
from mulligan.data.folder import listing
from mulligan.errors import DataError
from mulligan.train import feed_torch, readers
from mulligan.train.draws import Draws

CODEC = ImageCodec((8, 8), 1)
MOST_SECONDS = 2.0
BATCH = 16


def live(folder: Path, count: int = 60) -> data.Source:
    """Pictures that are read from their files whenever they are needed."""
    source = data.open_source(tiny.pictures(folder, count), CODEC, cache=False)
    source.samples = Live(listing(folder, "train"), CODEC, np.arange(count))
    return source


def orders(length: int):
    """An endless order of batches."""
    draws, images = Draws(4), 0
    while True:
        yield draws.order(images, BATCH, length)
        images += BATCH


def deaths(count: int, folder: Path) -> Outcome:
    """Kill readers by turns at random; every batch is as without, and no pause is long."""
    outcome, chance, longest = Outcome(), np.random.default_rng(17), 0.0
    source, told = live(folder / "photos"), []
    expected = (source.read(order)["real"] for order in orders(len(source)))
    pool = readers.Readers(source, orders(len(source)), workers=2, tell=told.append)
    batches = iter(pool)
    for kill in range(count):
        same = True
        for _ in range(3):
            same = same and np.array_equal(next(batches)["real"], next(expected))
        process = pool._readers[kill % 2]._process
        time.sleep(chance.uniform(0, 0.01))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        begun = time.monotonic()
        for _ in range(2 * readers.AHEAD * 2):
            same = same and np.array_equal(next(batches)["real"], next(expected))
        longest = max(longest, time.monotonic() - begun)
        outcome.check(same and longest <= 30, f"kill {kill}: same order {same}, {longest:.1f} s")
    batches.close()
    if not any("SIGKILL" in text for text in told):
        outcome.bad.append(f"nothing was told of the deaths: {told}")
    outcome.measured = f"{longest:.2f} s at most for the 8 batches after a death"
    return outcome


class Deadly(Live):
    """Reading one of the pictures ends whoever reads it, as a broken decoder would."""

    def _decode(self, place: int):
        if place == 7 and os.getpid() != self.trainer:
            faulthandler.disable()  # it is no news
            os.kill(os.getpid(), signal.SIGSEGV)
        return super()._decode(place)


def three_strikes(folder: Path) -> str:
    """The sentence for a picture that kills three readers."""
    source = live(folder / "photos", 20)
    source.samples = Deadly(source.samples.listing, CODEC, np.arange(20))
    source.samples.trainer = os.getpid()
    pool = iter(readers.Readers(source, orders(20), workers=2, tell=lambda text: None))
    try:
        list(islice(pool, 10))
    except DataError as error:
        return str(error)
    return ""


def losses(count: int, folder: Path) -> Outcome:
    """Pictures vanish or are damaged in the middle of a run: it goes on, alike with readers and without."""
    outcome = Outcome()
    for index in range(count):
        photos, found = folder / f"photos{index}", {}
        for workers in (0, 2):
            source, told = live(photos, 80), []
            batches = feed_torch.streamed(
                source, draws=Draws(4), batch_size=BATCH, scale=1.0, offset=0.0, labels=False,
                device=torch.device("cpu"), workers=workers, tell=told.append,
            )(0)  # fmt: skip
            # Before the first batch, so that both have read the same until then.
            (photos / f"{index:04d}.png").unlink()
            (photos / f"{index + 10:04d}.png").write_bytes(b"no picture any more")
            found[workers] = torch.cat([batch["real"] for batch in islice(batches, 15)])
            batches.close()
            names = [f"{index:04d}.png", f"{index + 10:04d}.png"]
            once = all(sum(name in text for text in told) == 1 for name in names) and len(told) == 2
            outcome.check(once, f"loss {index}, {workers} workers: {told}")
        if not torch.equal(found[0], found[2]):
            outcome.bad.append(f"loss {index}: readers give other samples")
    return outcome


def all_lost(folder: Path) -> str:
    """The sentence where the disk with the pictures is gone."""
    source = live(folder / "photos", 40)
    for path in (folder / "photos").iterdir():
        path.unlink()
    try:
        list(islice(iter(readers.Readers(source, orders(40), workers=2, tell=lambda text: None)), 4))
    except DataError as error:
        return str(error)
    return ""
