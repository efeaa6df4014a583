"""The command as a process of its own, and interrupted at a chosen moment."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[㐀-鿿豈-﫿]")
AT_ONCE = 2.0  # seconds
MAIN = "from simulator.cli import main; main()"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "SUBSIDYSIM_LANG": "zh"}

# A thread of the process sends it Ctrl-C: while it is still getting ready, or half a second after the kernels' threads began.
INTERRUPTED = """
import _thread, os, signal, sys, threading, time
from pathlib import Path
from simulator.cli import main

moment, stamp = sys.argv[1:3]
del sys.argv[1:3]

def interrupt():
    while moment == "simulating" and not any(each.name.startswith("ThreadPool") for each in threading.enumerate()):
        time.sleep(0.01)
    time.sleep(0.5)
    Path(stamp).write_text(repr(time.time()))
    _thread.interrupt_main() if os.name == "nt" else os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
main()
"""


def call(*arguments, script=MAIN, cwd=None):
    """Run the command, in Chinese unless told otherwise."""
    return subprocess.run([sys.executable, "-c", script, *map(str, arguments)], env=ENVIRONMENT, cwd=cwd,
                          capture_output=True, text=True, encoding="utf-8", timeout=120)


def interrupted(moment, stamp, *arguments):
    """Run the command and interrupt it, "starting" or "simulating": how it ended, and seconds from the interrupt to its end.

    Up to three times until that is at once: other tests are at work beside it, and may hold it up.
    """
    for _ in range(3):
        stamp.unlink(missing_ok=True)
        done = call(moment, stamp, *arguments, script=INTERRUPTED)
        assert stamp.exists(), f"it ended before it could be interrupted: {done}"
        seconds = time.time() - float(stamp.read_text())
        if seconds < AT_ONCE:
            break
    return done, seconds
