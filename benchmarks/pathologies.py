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
import math
import os
import statistics
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Lock, get_ident
from typing import Any, NamedTuple

from mulligan.assemble._machine import thread_variables

os.environ |= thread_variables(1)  # before anything that reads them is loaded

import numpy as np
from _pathology_cases import CASES, HEALTHY, SICK, SUBJECTS, Case, Subject
from PIL import Image

from mulligan.cli import main as main_of_mulligan
from mulligan.train import log
from mulligan.train.watch import NOTE, Setting, Watch

FORK = get_context("forkserver")  # a process that has all loaded and no threads, and forks for each run
FORK.set_forkserver_preload(["mulligan.cli", "mulligan.assemble.training", "mulligan.assemble.backend_torch"])

HEALTHY_SEEDS = 2  # times as many as of each illness, so that more than forty healthy runs stand beside five seeds
ONE_AT_A_TIME = Lock()
CLOSE = 1.25  # a rescued run is within this of the median healthy quality
LOOK_EVERY = 2.0  # seconds
COUNT = {"tiny": 20, "few": 50, "dark": 1000, "repeated": 1, "one-class": 1000, "shuffled": 2000}


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
        path = self.folder / "log.jsonl"
        return log.read(path) if path.is_file() else []

    @property
    def has_ended(self) -> bool:
        """Whether it was trained to its end, or to its illness's, and all is known that its quality takes."""
        return self.is_trained and not self.lacks_evaluation

    @property
    def is_trained(self) -> bool:
        """Whether it was trained so far."""
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
        """How far it is from the data at the end; infinite where it did not come to its end, or that is no number."""
        if not self.is_whole:
            return math.inf
        if self.asks_the_whole:
            return distance(json.loads(self.evaluation.read_text())["scores"])
        scores = [event["scores"] for event in self.events if event["event"] == "score"]
        found = distance(scores[-1]) if scores else math.inf
        return found if math.isfinite(found) else math.inf

    @property
    def is_whole(self) -> bool:
        """Whether it came to the end of its budget."""
        return any(event["event"] == "stop" and event["reason"] == "budget" for event in self.events)

    @property
    def asks_the_whole(self) -> bool:
        """Whether its own scores do not count, as they compare with the data that the illness spoilt."""
        return bool(self.case.severe and self.case.data)

    @property
    def lacks_evaluation(self) -> bool:
        """Whether it has still to be compared with the whole."""
        return self.asks_the_whole and self.is_whole and not self.evaluation.is_file()

    @property
    def evaluation(self) -> Path:
        """How far it is from the data as it was before that."""
        return self.folder.with_suffix(".json")

    @property
    def was_helped(self) -> bool:
        """Whether it took a second chance."""
        return any(event["event"] == "mulligan" for event in self.events)


def distance(scores: list[dict]) -> float:
    """The Frechet distance; of points 1 over the share of good ones times the share of modes found, as 1 is the best.

    That of points compares means and covariances alone, which say little of modes, and healthy runs differ in it by a
    factor of a hundred.
    """
    found = {score["measure"]: score for score in scores}
    if "good_share" not in found:
        return float(found["frechet"]["value"])
    modes = found["modes_found"]
    good = found["good_share"]["value"] * modes["value"] / modes["protocol"]["modes"]
    return 1 / good if good else math.inf


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
    if begun := [job.folder.name for job in jobs if job.events and not job.has_ended]:
        print(f"\n{len(begun)} runs have begun and not ended, and are in no table: {', '.join(begun[:5])} ...")


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
    """One run, and what it is compared with, unless they are there."""
    if not job.is_trained:
        train_in_process(job, data)
    if job.lacks_evaluation:
        whole = place(job._replace(case=HEALTHY), data)
        words = ["evaluate", str(job.folder), "--data", whole, "-n", "2000", "--measures", "frechet"]
        in_process(job, [*words, "--out", str(job.evaluation)]).join()
        if job.lacks_evaluation:
            sys.exit(f"{job.folder.name} could not be scored: mulligan {' '.join(words)}")
    return job


def train_in_process(job: Job, data: Path) -> None:
    """One run in a process of its own, on one thread."""
    words = ["train", place(job, data), "--display", "silent", "--workers", "0"]
    if job.folder.exists():  # begun, though it may have been killed before its first word
        words += ["--resume", str(job.folder), *(() if job.case.words else recipe(job))]
    else:
        words += [*recipe(job), "--images", str(job.subject.images), "--seed", str(job.seed)]
        words += ["--watch", job.watch, "--out", str(job.folder)]
    job.home.mkdir(parents=True, exist_ok=True)
    running = in_process(job, words)
    while running.exitcode is None:
        running.join(LOOK_EVERY)
        if running.exitcode is None and job.is_known:
            running.terminate()
    if not job.events:
        sys.exit(f"{job.folder.name} could not be trained: mulligan {' '.join(words)}")


def in_process(job: Job, words: list[str]) -> Any:
    """The command line with these words, begun."""
    running = FORK.Process(target=type_in, args=(words, job.home / f"{os.getpid()}-{get_ident()}.txt"))
    running.start()
    return running


def type_in(words: list[str], said: Path) -> None:
    """The command line, in a process of its own that has all loaded: that alone takes as long as a short run."""
    with said.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    main_of_mulligan(words)


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
    with ONE_AT_A_TIME:
        if not folder.is_dir():
            part = folder.with_name(f"{folder.name}.part{os.getpid()}")
            spoil(part, *samples(whole, COUNT[job.case.data]), job.case.data)
            if job.case.data == "few":  # that a critic knows them by heart is seen by others
                spoil(part / "test", *samples(whole, 1000, "test"), "")
            part.rename(folder)
    return str(folder)


def samples(where: str, count: int, split: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """Some grey pictures of a set with their labels."""
    from mulligan import data
    from mulligan.codecs.image import ImageCodec

    found = data.survey(where)
    source = data.open_source(where, ImageCodec(size=tuple(found.size), channels=1), split=split)
    indices = np.random.default_rng(0).permutation(len(source))[: max(count, 200)]
    read = source.read(indices)
    return read["real"][..., 0], read["label"]


def spoil(folder: Path, pictures: np.ndarray, labels: np.ndarray, how: str) -> None:
    """Write pictures in class folders: few of them, dark ones, one again and again, mostly one class, or mixed up."""
    if how in ("tiny", "few"):
        pictures, labels = pictures[: COUNT[how]], np.zeros(COUNT[how], int)
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
        inside = {"one-class": str(label), "shuffled": str(label), "few": "train"}.get(how, ".")
        path = folder / inside / f"{index:05d}.png"
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
    """A row to each severe case and recipe: distances, and how many are near enough to the healthy ones.

    Near enough is within a quarter of the healthy median, for runs with a second chance, which must have been taken,
    for those without, and for the healthy ones themselves. The last rows are of what is wrong from the start, where the
    remedy must find the right numbers, and of faults that pass, where it is enough to go back.
    """
    rows = ["| case | recipe | healthy | without | with | healthy within 25 % | without within | with, rescued |"]
    rows.append("|---" * 8 + "|")
    every: dict[bool, tuple[list[bool], list[bool]]] = {False: ([], []), True: ([], [])}
    for case in (case for case in CASES if case.severe):
        for subject in SUBJECTS:
            healthy, ill, acted = (
                [job for job in jobs if job.subject is subject and job.case is which and job.watch == watch]
                for which, watch in ((HEALTHY, "warn"), (case, "warn"), (case, "act"))
            )
            if not (acted and healthy and ill):
                continue
            bar = CLOSE * statistics.median(job.quality for job in healthy)
            without = [job.quality <= bar for job in ill]
            rescued = [job.quality <= bar and job.was_helped for job in acted]
            every[case.passes][0].extend(without)
            every[case.passes][1].extend(rescued)
            middles = [f"{statistics.median(job.quality for job in runs):.3g}" for runs in (healthy, ill, acted)]
            within = [share([job.quality <= bar for job in healthy]), share(without), share(rescued)]
            rows.append(f"| {' | '.join((case.name, subject.name, *middles, *within))} |")
    for name, kinds in (("wrong from the start", (False,)), ("faults that pass", (True,)), ("all", (False, True))):
        without, rescued = ([hit for kind in kinds for hit in every[kind][which]] for which in (0, 1))
        rows.append(f"| **{name}** | | | | | | **{share(without)}** | **{share(rescued)}** |")
    return rows if len(rows) > 5 else []


if __name__ == "__main__":
    main()
