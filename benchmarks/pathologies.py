"""Does the watch name what is wrong, keep silent where nothing is, and does a second chance help?

    python benchmarks/pathologies.py --data ../shared/data [--seeds 5] [--jobs 2] [--only auto-digits]
                                     [--cases rate-x100] [--act] [--out runs/pathologies] [--no-train]

Injects each illness of ``_pathology_cases.py`` into each recipe over some seeds, next to healthy runs, reads what the
watch said, and prints three Markdown tables: recall of the right name and images until it was told, by illness; false
alarms (warnings and severe findings in healthy runs); and with ``--act`` the quality of the severe cases with a second
chance and without, beside the healthy one. Recipes, data and illnesses that no threshold was chosen by are marked.
Resumable: a run that ended is not made again. A run that nobody asks the quality of ends once its right name was told.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _pathology_cases import CASES, HEALTHY, SICK, SUBJECTS, Case, Subject
from PIL import Image

from mulligan.train.watch import NOTE, Setting, Watch

HEALTHY_SEEDS = 2  # times as many as of each illness, so that forty healthy runs stand beside five seeds
CLOSE = 1.25  # a rescued run is within this of the median healthy quality, or no worse than the worst healthy run
LOOK_EVERY = 2.0  # seconds
COUNT = {"tiny": 20, "dark": 1000, "repeated": 1, "one-class": 1000, "shuffled": 2000}


class Job(NamedTuple):
    """One run."""

    subject: Subject
    case: Case
    seed: int
    watch: str
    home: Path

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.home / self.watch / f"{self.subject.name}-{self.case.name.replace('/', 'by-')}-{self.seed}"

    @property
    def events(self) -> list[dict]:
        """Its log; nothing where it was never started."""
        log = self.folder / "log.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []

    @property
    def has_ended(self) -> bool:
        """Whether it was trained to its end, or to its illness's."""
        return self.is_known or any(e["event"] == "stop" and e["reason"] != "interrupted" for e in self.events)

    @property
    def is_known(self) -> bool:
        """Whether all that is asked of it was seen before its end: its right name, where its quality is not asked."""
        return not self.case.severe and bool(self.told.keys() & set(self.case.right))

    @property
    def told(self) -> dict[str, int]:
        """The illnesses that are told, apart from notes, and after how many images each is first.

        The watch is a function of the log: rules that changed since a run was made need no new run. What ended a run
        at once was told by the step, and what led to a second chance was left behind by it.
        """
        events = self.events
        found = {
            finding.illness: finding.images
            for finding in reversed(Watch(Setting.of(events)).over(events))
            if finding.severity != NOTE
        }
        for event in events:
            if event["event"] == "finding" and event["illness"] == "not-finite":
                found.setdefault(event["illness"], event["images"])
            if event["event"] == "mulligan":
                found.setdefault(event["illness"], event["found_at"])
        return found

    @property
    def quality(self) -> float:
        """The distance to the data at the end; infinite where there is none."""
        found = [s["value"] for e in self.events if e["event"] == "score" for s in e["scores"][:1]]
        return found[-1] if found else float("inf")


def main() -> None:
    """Train what is missing and print the tables."""
    options = parsed()
    jobs = [*chosen(options, "warn"), *(chosen(options, "act") if options.act else ())]
    if not options.no_train:
        with ThreadPoolExecutor(options.jobs) as pool:
            for job in pool.map(lambda job: train(job, options.data), jobs):
                print(
                    f"{job.watch} {job.folder.name}: {', '.join(job.told) or 'nothing told'}",
                    file=sys.stderr,
                    flush=True,
                )
    done = [job for job in jobs if job.has_ended]
    for line in (*recall(done), "", *alarms(done), "", *rescues(done)):
        print(line)


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=[subject.name for subject in SUBJECTS])
    parser.add_argument("--cases", nargs="+", choices=[case.name for case in (HEALTHY, *CASES)])
    parser.add_argument("--act", action="store_true", help="train the severe cases with --watch act too")
    parser.add_argument("--no-train", action="store_true", help="the tables of what is there")
    parser.add_argument("--out", type=Path, default=Path("runs/pathologies"))
    return parser.parse_args()


def chosen(options: argparse.Namespace, watch: str) -> list[Job]:
    """The runs that are asked for."""
    subjects = [subject for subject in SUBJECTS if not options.only or subject.name in options.only]
    cases = [case for case in (HEALTHY, *CASES) if not options.cases or case.name in options.cases]
    return [
        Job(subject, case, seed, watch, options.out)
        for seed in range(options.seeds * HEALTHY_SEEDS)
        for case in cases
        for subject in subjects
        if case.fits(subject) and (seed < options.seeds or case is HEALTHY) and (watch == "warn" or case.severe)
    ]


def train(job: Job, data: Path) -> Job:
    """One run in a process of its own, on one thread, unless it is there."""
    if job.has_ended:
        return job
    command = [sys.executable, "-m", "mulligan", "train", place(job, data), "--display", "silent", "--workers", "0"]
    if job.events:
        command += ["--resume", str(job.folder)]
    else:
        command += [*recipe(job), "--images", str(job.subject.images), "--seed", str(job.seed)]
        command += ["--watch", job.watch, "--out", str(job.folder)]
    environment, output = (
        os.environ | {"OMP_NUM_THREADS": "1"},
        {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE},
    )
    with subprocess.Popen(command, env=environment, text=True, **output) as running:
        said = _until_known(running, job)
    if not job.events:
        sys.exit(f"{job.folder.name} could not be trained: {said[-500:]}")
    return job


def _until_known(running: subprocess.Popen, job: Job) -> str:
    """What it said, when it is over or needs not go on."""
    while True:
        try:
            return running.communicate(timeout=LOOK_EVERY)[1]
        except subprocess.TimeoutExpired:
            if job.is_known:
                running.terminate()


def recipe(job: Job) -> tuple[str, ...]:
    """The subject's recipe with the illness."""
    if job.case.words is not None:
        return (*job.subject.recipe, *job.case.words(job.subject))
    file = job.home / f"{job.subject.name}-{job.case.name}.py"
    text = SICK.read_text().replace('SUBJECT = "auto-digits"', f'SUBJECT = "{job.subject.name}"')
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace('ILLNESS = "not-finite"', f'ILLNESS = "{job.case.name}"'))
    return ("--recipe", str(file))


def place(job: Job, data: Path) -> str:
    """The subject's data, spoilt where the case says so."""
    name = job.subject.data
    whole = name if name in ("digits",) or name.startswith("toy:") else str(data / name)
    if not job.case.data:
        return whole
    folder = job.home / f"{name}-{job.case.data}"
    if not folder.is_dir():
        part = folder.with_name(f"{folder.name}.part{os.getpid()}")
        spoil(part, *samples(whole, COUNT[job.case.data]), job.case.data)
        part.rename(folder)
    return str(folder)


def samples(where: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Some grey pictures of a set with their labels."""
    from mulligan import data
    from mulligan.codecs.image import ImageCodec

    found = data.survey(where)
    source = data.open_source(where, ImageCodec(size=tuple(found.size), channels=1), split="train")
    indices = np.random.default_rng(0).permutation(len(source))[: max(count, 200)]
    read = source.read(indices)
    return read["real"][..., 0], read["label"]


def spoil(folder: Path, pictures: np.ndarray, labels: np.ndarray, how: str) -> None:
    """Write pictures in class folders: few of them, dark ones, one again and again, mostly one class, or mixed up."""
    if how == "tiny":
        pictures, labels = pictures[: COUNT["tiny"]], np.zeros(COUNT["tiny"], int)
    elif how == "dark":
        pictures, labels = pictures // 255 + pictures // 128, np.zeros(len(pictures), int)
    elif how == "repeated":
        pictures, labels = np.repeat(pictures[:1], 200, axis=0), np.zeros(200, int)
    elif how == "one-class":
        kept = np.flatnonzero((labels == 0) | (np.arange(len(labels)) % 200 == 0))
        pictures, labels = pictures[kept], labels[kept]
    elif how == "shuffled":
        labels = np.random.default_rng(1).permutation(labels)
    for index, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        path = folder / (str(label) if how in ("one-class", "shuffled") else ".") / f"{index:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.astype(np.uint8)).save(path)


def recall(jobs: Iterable[Job]) -> list[str]:
    """A row to each illness: how often one of its right names was told, and when."""
    rows = ["| illness | right name | tuned on | held out | images until told (median) |", "|---|---|---|---|---|"]
    every: dict[bool, list[bool]] = {False: [], True: []}
    for case in CASES:
        named: dict[bool, list[bool]] = {False: [], True: []}
        when = []
        for job in jobs:
            if job.case is case and job.watch == "warn":
                first = [images for name, images in job.told.items() if name in case.right]
                named[case.is_held_out(job.subject)].append(bool(first))
                when += first[:1]
        for held_out, hits in named.items():
            every[held_out] += hits
        middle = f"{statistics.median(when):,.0f}" if when else ""
        rows.append(
            f"| {case.name} | {', '.join(case.right)} | {share(named[False])} | {share(named[True])} | {middle} |"
        )
    return [*rows, f"| **all** | | **{share(every[False])}** | **{share(every[True])}** | |"]


def share(hits: list[bool]) -> str:
    """Hits of how many, as a share."""
    return f"{sum(hits)} of {len(hits)} ({100 * sum(hits) / len(hits):.0f} %)" if hits else ""


def alarms(jobs: Iterable[Job]) -> list[str]:
    """A row to each recipe: healthy runs in which something was told."""
    rows = ["| healthy | images of a run | runs with an alarm | what was told |", "|---|---|---|---|"]
    every = []
    for subject in SUBJECTS:
        healthy = [job for job in jobs if job.case is HEALTHY and job.subject is subject and job.watch == "warn"]
        names = sorted({name for job in healthy for name in job.told})
        told = share([bool(job.told) for job in healthy])
        rows.append(f"| {subject.name} | {subject.images:,} | {told} | {', '.join(names)} |")
        every += [bool(job.told) for job in healthy]
    return [*rows, f"| **all** | | **{share(every)}** | |"]


def rescues(jobs: list[Job]) -> list[str]:
    """A row to each severe case and recipe: distance at the end, healthy, ill, and with a second chance."""
    rows = ["| case | recipe | healthy | without | with | rescued |", "|---|---|---|---|---|---|"]
    every = []
    for case in (case for case in CASES if case.severe):
        for subject in SUBJECTS:
            of = {
                kind: [job.quality for job in jobs if job.subject is subject and job.case is c and job.watch == watch]
                for kind, c, watch in (("healthy", HEALTHY, "warn"), ("ill", case, "warn"), ("acted", case, "act"))
            }
            if of["acted"] and of["healthy"]:
                # The healthy runs of one recipe may lie further apart than that: no more is asked than they give.
                close = max(CLOSE * statistics.median(of["healthy"]), *of["healthy"])
                rescued = [quality <= close for quality in of["acted"]]
                every += rescued
                middle = {kind: f"{statistics.median(values):.3g}" if values else "" for kind, values in of.items()}
                cells = (case.name, subject.name, middle["healthy"], middle["ill"], middle["acted"], share(rescued))
                rows.append(f"| {' | '.join(cells)} |")
    return [*rows, f"| **all** | | | | | **{share(every)}** |"] if every else []


if __name__ == "__main__":
    main()
