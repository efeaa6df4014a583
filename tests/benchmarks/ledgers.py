"""How long a ledger takes: python -m tests.benchmarks.ledgers [rows]. Reads, checks and prices a synthetic csv, and a workbook of it.

The bar: 1,000,000 rows of csv read, checked and priced in under 60 s and 2 GiB on two cores.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 1_000_000
WORKBOOK_ROWS = 20_000
_KIB = 1024.0**2  # KiB to GiB

# In a process of its own, so that its memory is its own; the processes that it starts are added, each at its largest.
PRICED = """
import multiprocessing, os, pathlib, sys, time
from simulator.appraisal import price_ledger
from simulator.ledger import read_ledger
from simulator.scenario import load_rule_book

def largest(process):
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))

scenario = load_rule_book("sh-2024-355")
start = time.perf_counter()
ledger = read_ledger(sys.argv[1], scenario.model.policy.instruments)
read = time.perf_counter()
priced = price_ledger(ledger, scenario)
done = time.perf_counter()
if len(sys.argv) > 2:
    from simulator.workbook import write_prices
    write_prices(priced, scenario, sys.argv[2])
memory = sum(largest(each) for each in [os.getpid(), *(child.pid for child in multiprocessing.active_children())])
print(ledger.n, read - start, done - read, time.perf_counter() - done, priced.total() / 100, memory)
"""


def timed(file: Path, out: Path | None = None) -> str:
    """One ledger: rows, seconds to read, price and write, and memory of all processes together at the most."""
    command = [sys.executable, "-c", PRICED, str(file), *([str(out)] if out else [])]
    said = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout.split()
    n, read, price, write, total, memory = (float(each) for each in said)
    written = f", workbook {write:.1f} s" if out else ""
    return (f"{n:>9,.0f} rows of {file.suffix}: read and checked {read:.1f} s, priced {price:.1f} s{written}; "
            f"{memory / _KIB:.2f} GiB; {total:,.2f} CNY")


def main() -> None:
    """Make the ledgers, time them, print."""
    from simulator.sample import write_sample
    from simulator.scenario import load_scenario

    rows, scenario = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, load_scenario("baseline")
    with tempfile.TemporaryDirectory() as folder:
        large, book = Path(folder) / "large.csv", Path(folder) / "book.xlsx"
        start = time.perf_counter()
        write_sample(scenario, rows, 355, large)
        print(f"{rows:>9,} rows written in {time.perf_counter() - start:.1f} s, {large.stat().st_size / 1e6:,.0f} MB")
        print(timed(large))
        write_sample(scenario, WORKBOOK_ROWS, 355, book)
        print(timed(book, Path(folder) / "prices.xlsx"))


if __name__ == "__main__":
    main()
