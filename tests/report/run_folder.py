"""A real run folder, written by the same parts that a run writes it with, and a reader of the page made of it."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from mulligan.codecs._provenance import Provenance
from mulligan.codecs._write import grid, save_png
from mulligan.train.log import Log

RESOLVED = {
    "mulligan": "0.1.0",
    "recipe": {
        "game": {
            "is": "games/two_player.TwoPlayer",
            "objective": {"is": "objectives/hinge.Hinge"},
            "penalties": [{"is": "objectives/r1_r2.R1", "weight": {"is": "schedule.Linear", "start": 2.0, "end": 0.5}}],
        },
        "networks": {"generator": {"is": "networks/dcgan.Generator", "size": [28, 28], "latent": 64}},
        "name": "dcgan",
        "batch_size": 64,
        "gradient_clip": None,
    },
    "data": {"where": "digits", "lines": ["1,797 grey pictures of 8 x 8"], "count": 899, "fingerprint": "9c1f" * 16},
    "settings": {"seed": 0, "device": "cpu"},
    "environment": {"python": "3.11"},
    "choices": ["dcgan, because it was asked for"],
}
PROTOCOL = {"extractor": "digits-cnn", "extractor_hash": "a1b2c3d4e5f6", "fake": 2000, "checkpoint": "last"}


def tick(images: int, **changes) -> dict:
    terms = {"critic/real": 0.5 + images / 1e4, "critic/fake": 0.4, "generator/fake": 1.0}
    numbers = {"learning_rate": 2e-4 * (1 - images / 1e4), "beta2": 0.99}
    event = {
        "event": "tick",
        "images": images,
        "step": images // 64,
        "seconds": images / 100,
        "images_per_second": 100.0,
    }
    return (
        event | {"terms": terms, "estimates": {"wasserstein": 0.3}, "numbers": numbers, "memory_bytes": 10**9} | changes
    )


def score(images: int, value: float, measure: str = "frechet", better: str = "lower", **changes) -> dict:
    found = {
        "measure": measure,
        "value": value,
        "low": value - 1,
        "high": value + 1,
        "better": better,
        "protocol": PROTOCOL,
    }
    return {"event": "score", "images": images, "scores": [found | changes]}


def finished_run() -> list[dict]:
    events = [{"event": "start", "images": 0, "time": "2026-11-21T06:40:00+00:00"}]
    for images in range(640, 6401, 640):
        events.append(tick(images))
    events[3:3] = [score(1280, 40.0), score(1920, 21.5, floor={"value": 12.4, "low": 11.9, "high": 13.1})]
    events.append(score(6400, 25.0, floor={"value": 12.4, "low": 11.9, "high": 13.1}))
    return [*events, {"event": "stop", "images": 6400, "reason": "budget"}]


def make_run(folder: Path, events: list[dict], resolved: dict = RESOLVED) -> Path:
    (folder / "samples").mkdir(parents=True)
    (folder / "recipe.json").write_text(json.dumps(resolved))
    digits = (load_digits().images[:64] * 255 / 16).astype(np.uint8)[..., None]
    with Log(folder / "log.jsonl") as log:
        for event in events:
            log.write(event)
            if event["event"] == "tick":
                sheet = grid(np.roll(digits, event["images"] // 640, axis=0))
                save_png(folder / "samples" / f"{event['images']:09d}.png", sheet, Provenance("dcgan", seed=0))
    return folder


class Page(HTMLParser):
    """The tags, addresses and text of a page; it checks that every element is closed where it should be."""

    VOID = ("meta", "link", "img", "br")

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.html = path.read_text(encoding="utf-8")
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(self.html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action", "srcset", "data")]
        assert not [name for name, _ in attributes if name.startswith("on")], "an event handler"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())
