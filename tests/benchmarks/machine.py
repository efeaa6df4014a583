"""What the figures were measured on, and whether it had nothing else to do."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "xarray", "openfisca-core", "policyengine-core", "jax", "jaxlib")
IDLE = 0.35  # processes that run on average over a minute; more is somebody else's work
ROOT = Path(__file__).resolve().parents[2]


def describe() -> dict[str, str]:
    """Processor, cores, versions and load, as text."""
    return {
        "processor": f"{processor()}, {cores()} cores" + (f", numba compiles for {target()}" if target() else ""),
        "system": f"{platform.system()} {platform.release()}, {memory():.1f} GiB of memory",
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name))),
        "load average": "unknown" if load() is None else f"{load():.2f} over the last minute",
    }


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> float:
    """Physical memory [GiB]; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (AttributeError, OSError, ValueError):
        return 0.0


def load() -> float | None:
    """Processes that ran over the last minute, on average; None where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def busy(found: float | None) -> str | None:
    """What to say if the machine was not idle before the start."""
    if found is None or found <= IDLE:
        return None
    return f"WARNING: the load average is {found:.2f}: the machine is not idle, and wall times are not to be trusted"


def processor() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def target() -> str:
    """The processor that numba compiles for."""
    import llvmlite.binding
    from numba.core import config

    return config.CPU_NAME or llvmlite.binding.get_host_cpu_name()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


class Ended(RuntimeError):
    """A process that did not end well; a negative code is the signal that ended it."""

    def __init__(self, arguments: tuple[str, ...], code: int, said: str) -> None:
        """Keep the code."""
        super().__init__(f"{' '.join(arguments)} ended with {code}: {said.strip()[-2000:]}")
        self.code = code


def python(*arguments: str, folder: Path | None = None, limit: float | None = None, **environment: str | None) -> str:
    """Run this Python on some arguments, with this checkout on its path; returns what it printed. None unsets a variable."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **{k: v for k, v in environment.items() if v is not None}}
    for name in (name for name, value in environment.items() if value is None):
        surroundings.pop(name, None)
    done = subprocess.run([sys.executable, *arguments], cwd=folder or ROOT, env=surroundings, timeout=limit, capture_output=True,
                          text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise Ended(arguments, done.returncode, done.stderr)
    return done.stdout
