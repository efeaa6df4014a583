"""The compiled heart: plain arrays in, plain arrays out; numpy and numba only.

numba keeps compiled functions on disk and does not notice that a *called* function in another file has
changed: an edited formula would silently go on paying the old amount. The cache folder therefore carries
the hash of every file of this package in its name.
"""

import hashlib
import os
import sys
from pathlib import Path


def source_hash() -> str:
    """Hash of all of kernels/*.py: names the compiled cache and goes into every result's manifest."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def user_cache() -> Path:
    """Where everything that can be made again is kept: $SUBSIDYSIM_CACHE, else a folder in the user's cache."""
    if chosen := os.environ.get("SUBSIDYSIM_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "subsidysim"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "subsidysim"


def cache_folder() -> Path:
    """Where compiled kernels are kept."""
    return user_cache() / f"kernels-{source_hash()}"


def _point_numba_at_the_cache_folder() -> None:
    folder = cache_folder()
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:  # imported before us: its configuration has already been read
        sys.modules["numba"].config.CACHE_DIR = str(folder)


_point_numba_at_the_cache_folder()
