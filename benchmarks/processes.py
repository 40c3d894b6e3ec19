"""The gradients of several processes beside those of one: every penalty, every form of R1, every split of a batch.

    python benchmarks/processes.py [--processes 2 3]

Starts so many processes on the CPU, does the work of `tests/train/_one_of_several.py` in them and in this one, and
prints a table in Markdown: the largest difference relative to the largest number, and whether all ranks hold the same
bits. Takes a minute.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from mulligan.assemble.launch import environments

TESTS = Path(__file__).resolve().parents[1] / "tests" / "train"
sys.path.insert(0, str(TESTS))

import _one_of_several as several  # noqa: E402

Found = dict[str, np.ndarray]


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, nargs="+", default=[2, 3], help="divisors of 6, so that batches split")
    counts = parser.parse_args().processes
    one, all_ranks = several.alone(), {count: together(count) for count in counts}
    print(f"| what | parts | {' | '.join(f'{count} processes' for count in counts)} | ranks |")
    print(f"|---|---|{'---|' * len(counts)}---|")
    for what, parts, names in groups(one):
        cells = [difference([(ranks[0][name], one[name]) for name in names]) for ranks in all_ranks.values()]
        same = all(rank[name].tobytes() == ranks[0][name].tobytes()
                   for ranks in all_ranks.values() for rank in ranks for name in names)  # fmt: skip
        print(f"| {what} | {parts} | {' | '.join(cells)} | {'same bits' if same else '**differ**'} |")


def together(count: int) -> list[Found]:
    """What each of so many processes found, by rank."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(TESTS / "_one_of_several.py"), folder]
        running = [subprocess.Popen(command, env=environment) for environment in environments(count)]
        codes = [process.wait() for process in running]
        if any(codes):
            raise SystemExit("one of the processes failed")
        return [dict(np.load(f"{folder}/{rank}.npz")) for rank in range(count)]


def groups(one: Found) -> list[tuple[str, str, list[str]]]:
    """Rows of the table: what it is, in how many parts, and the names of its numbers."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name in one:
        what, _, parts = name.partition("/")[0].rpartition(" x")
        what, parts = (what, parts) if what else (parts, "-")
        rows.setdefault((what, parts), []).append(name)
    return [(what, parts, names) for (what, parts), names in rows.items()]


def difference(pairs: list[tuple[np.ndarray, np.ndarray]]) -> str:
    """The largest difference of any pair, relative to the largest number of its second."""
    return f"{max(float(np.abs(mine - own).max() / max(np.abs(own).max(), 1e-12)) for mine, own in pairs):.0e}"


if __name__ == "__main__":
    main()
