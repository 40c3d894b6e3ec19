"""Every fault that Mulligan says it survives, made for real in full numbers, as one Markdown table.

Run: ``python benchmarks/faults.py [--rows 3,16] [--everyday] [--out faults.jsonl]``. Each row is kept as one line of
JSON when it is done, so that a second call goes on where the first one stopped; ``--again`` makes rows anew. Rows with
a test of their own (``tests/``) run that test. Kills and refused calls take Linux and a C compiler, full disks root.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from _faults.disk import NoMount
from _faults.native import NoCompiler
from _faults.rows import ROWS

REPOSITORY = Path(__file__).resolve().parents[1]

# Rows whose test already makes the whole fault.
TESTED = {
    1: ("numbers that are not finite", "tests/assemble/test_failures.py -k finite"),
    6: ("resume with all of its state", "tests/assemble/test_resume.py"),
    7: ("resume with other settings", "tests/assemble/test_differences.py"),
    9: ("broken pictures", "tests/data/test_bad_pictures.py"),
    10: ("pictures of any mode", "tests/codecs/test_picture_modes.py"),
    11: ("pictures of mixed sizes", "tests/data/test_folders.py"),
    12: ("decompression bombs", "tests/codecs/test_decompression_bombs.py"),
    13: ("archives that lead elsewhere", "tests/data/test_hostile_archives.py"),
    14: ("sets of no, one and few pictures", "tests/assemble/test_small_data.py"),
    21: ("two processes, other hash seed and locale", "tests/assemble/test_resume.py -k another_hash_seed"),
    22: ("averages of weights and buffers", "tests/train/test_ema.py"),
    28: ("recipes of strangers", "tests/test_recipe.py tests/test_override.py tests/cli/test_bad_recipes.py"),
    30: ("paths and names in artefacts", "tests/assemble/test_artifacts.py"),
}


def made(row, everyday: bool) -> dict:
    """One fault of ours."""
    count, begun = row.everyday if everyday else row.full, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = row.make(count, Path(folder))
        except (NoCompiler, NoMount) as missing:
            return {
                "row": row.row,
                "name": row.name,
                "about": row.about,
                "figure": f"not run: {missing}",
                "passed": None,
            }
    return {
        "row": row.row,
        "name": row.name,
        "about": row.about,
        "figure": outcome.figure,
        "passed": bool(outcome),
        "seconds": round(time.monotonic() - begun),
        "everyday": everyday,
        "bad": outcome.bad[:5],
    }


def tested(number: int) -> dict:
    """One fault that has its test elsewhere."""
    (about, words), begun = TESTED[number], time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words.split()]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    last = run.stdout.strip().splitlines()[-1] if run.stdout.strip() else run.stderr[-200:]
    passed = re.search(r"(\d+) passed", last)
    count = passed[1] if passed else str(sum(line.split(" ")[0].count(".") for line in run.stdout.splitlines()))
    return {
        "row": number,
        "name": f"{number} tests",
        "about": about,
        "figure": f"{count} tests passed" if run.returncode == 0 else last,
        "passed": run.returncode == 0,
        "seconds": round(time.monotonic() - begun),
        "everyday": False,
        "bad": [],
    }


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    lines = ["| row | fault | survived | seconds | |", "|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: (row["row"], row["name"])):
        verdict = {True: "pass", False: "FAIL", None: "not run"}[row["passed"]]
        part = " (a tenth)" if row.get("everyday") else ""
        lines.append(
            f"| {row['row']} | {row['about']} | {row['figure']}{part} | {row.get('seconds', '')} | {verdict} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Make the faults that are asked for and not yet made, and print the table of all."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the tests
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", help="only these, as 3,16")
    parser.add_argument("--everyday", action="store_true", help="the small numbers of the tests")
    parser.add_argument("--again", action="store_true", help="rows that were made already too")
    parser.add_argument("--out", type=Path, default=Path("faults.jsonl"), help="where the rows are kept")
    options = parser.parse_args()
    wanted = {int(text) for text in options.rows.split(",")} if options.rows else None
    kept = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    done = {row["name"]: row for row in kept}
    jobs = [(row.row, row.name, lambda row=row: made(row, options.everyday)) for row in ROWS]
    jobs += [(number, f"{number} tests", lambda number=number: tested(number)) for number in TESTED]
    for number, name, job in jobs:
        if (wanted and number not in wanted) or (name in done and not options.again):
            continue
        print(f"{name} ...", file=sys.stderr, flush=True)
        done[name] = job()
        with options.out.open("a") as file:
            file.write(json.dumps(done[name]) + "\n")
        for sentence in done[name].get("bad", []):
            print(f"  {sentence}", file=sys.stderr)
    print(table(list(done.values())))
    return 0 if all(row["passed"] is not False for row in done.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
