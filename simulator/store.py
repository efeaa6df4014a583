"""A run on disk: results.nc, the composed scenarios and a manifest, written whole or not at all, verified on opening."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from kernels import source_hash
from simulator.errors import DamagedRun, StorageError
from simulator.language import tr
from simulator.scenario import Scenario

MANIFEST = "manifest.json"
RESULTS = "results.nc"
_WORTH_COMPRESSING = 64e6  # bytes; below, it takes longer to compress than anybody saves by it
_ATTEMPTS = 20  # to take the place of a damaged run while others do the same


@dataclass(frozen=True)
class Run:
    """An opened run: its folder, manifest and results (read lazily from disk)."""

    folder: Path
    manifest: dict[str, Any]
    results: xr.Dataset

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios that were simulated together."""
        return list(self.manifest["scenarios"])

    def results_of(self, name: str) -> xr.Dataset:
        """Of one scenario, in memory; a run of one may have been saved without the dim."""
        return (self.results.sel(scenario=name) if "scenario" in self.results.dims else self.results).load()

    def scenario_file(self, name: str) -> Path:
        """The composed scenario, which `load_scenario` reads again."""
        return self.folder / f"{name}.yaml"


def run_digest(scenarios: Sequence[Scenario], results: xr.Dataset) -> str:
    """Identity of a run in 12 hexadecimal digits: scenarios, draws, precision asked, ledger and its day, seed, kernels, versions."""
    parts = [*(each.digest for each in scenarios), str(results.sizes["draw"]), str(results.attrs["seed"]),
             str(results.attrs["kernels"]), *map(str, results.attrs["versions"])]
    parts += [str(results.attrs[name]) for name in ("precision", "ledger", "as_of") if name in results.attrs]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def check_writable(out: str | Path) -> None:
    """Find out before a long run, not after it, that results could not be saved."""
    there = Path(out).absolute()
    while not there.exists():
        there = there.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".check-", dir=there):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(tr(f"无法写入 {out}：{reason}", f"cannot write {out}: {reason}")) from error


def save_run(scenarios: Scenario | Sequence[Scenario], results: xr.Dataset, out: str | Path = "results") -> Path:
    """Write a run to <out>/<name>-<digest>/ and return that folder.

    Everything is written into a folder aside, synced to disk, and renamed once: a reader sees a whole run or none.
    A run that is already there and intact is kept; one that is damaged is replaced.

    Raises
    ------
    StorageError
        If the disk is full or the folder cannot be written; nothing partial stays behind.
    """
    chosen = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    name = chosen[0].name if len(chosen) == 1 else f"{chosen[0].name}-and-{len(chosen) - 1}-more"
    out = Path(out)
    folder = out / f"{name}-{run_digest(chosen, results)}"
    aside: Path | None = None
    try:
        if folder.exists() and not _damages(folder):
            return folder
        out.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=out))
        _write(aside, chosen, results)
        _move(aside, folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(tr(f"无法写入 {folder}：{reason}", f"cannot write {folder}: {reason}")) from error
    finally:
        if aside is not None and aside.exists():
            shutil.rmtree(aside, ignore_errors=True)
    return folder


def open_run(folder: str | Path) -> Run:
    """Open a saved run after checking every file against the manifest.

    Raises
    ------
    DamagedRun
        Naming each file that is missing, truncated or altered.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise StorageError(tr(f"没有文件夹 {folder}（应为含 {MANIFEST} 的结果文件夹）",
                              f"no such folder: {folder} (a saved run holds {MANIFEST})"))
    if not any((folder / name).exists() for name in (MANIFEST, RESULTS)):
        raise StorageError(tr(f"{folder} 不是一次运行的结果（缺少 {MANIFEST}）", f"{folder} is no saved run ({MANIFEST} is missing)"))
    if damages := _damages(folder):
        raise DamagedRun(tr(f"{folder} 已损坏：", f"{folder} is damaged: ") + tr("；", "; ").join(damages))
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return Run(folder, manifest, xr.open_dataset(folder / RESULTS, engine="h5netcdf"))


def list_runs(out: str | Path = "results") -> list[Path]:
    """Folders of saved runs, the newest first; damaged ones are listed too, and refused on opening."""
    found = [file.parent for file in Path(out).glob(f"*/{MANIFEST}") if not file.parent.name.startswith(".")]
    return sorted(found, key=lambda folder: (folder / MANIFEST).stat().st_mtime, reverse=True)


def describe_runs(out: Path) -> list[dict[str, Any]]:
    """What each saved run holds, and whether it is intact, without opening its results."""
    found = []
    for folder in list_runs(out):
        damages = _damages(folder)
        try:
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError):
            manifest = {}
        found.append({"folder": folder, "scenarios": list(manifest.get("scenarios", [])), "draws": manifest.get("draws", 0),
                      "seed": manifest.get("seed", ""), "state": tr("；", "; ").join(damages) or tr("完好", "intact")})
    return found


def _write(folder: Path, scenarios: Sequence[Scenario], results: xr.Dataset) -> None:
    how: dict[str, bool | int] = {"fletcher32": True}
    if results.nbytes > _WORTH_COMPRESSING:
        how |= {"zlib": True, "complevel": 1, "shuffle": True}
    stored = {name: how for name, variable in results.data_vars.items() if variable.ndim}
    # Made in memory and written as plain bytes: HDF5 does not survive a disk that fills up under it.
    (folder / RESULTS).write_bytes(results.to_netcdf(engine="h5netcdf", encoding=stored))
    for scenario in scenarios:
        (folder / f"{scenario.name}.yaml").write_text(scenario.text + "\n", "utf-8")
        places = {".".join(map(str, path)): str(place) for path, place in scenario.positions.items() if path}
        text = json.dumps(places, ensure_ascii=False, indent=0)
        (folder / f"{scenario.name}.provenance.json").write_text(text + "\n", "utf-8")
    manifest = {
        "scenarios": [scenario.name for scenario in scenarios],
        "policy": results.attrs["policy"],
        "draws": results.sizes["draw"],
        "seed": int(results.attrs["seed"]),
        "kernels": source_hash(),
        "versions": list(map(str, results.attrs["versions"])),
        "files": {file.name: _sha256(file) for file in sorted(folder.iterdir())},
    }
    if "ledger" in results.attrs:
        manifest |= {name: str(results.attrs[name]) for name in ("ledger", "as_of")}
    if "precision" in results.attrs:
        manifest["precision"] = json.loads(results.attrs["precision"])
    manifest["seal"] = _seal(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for file in folder.iterdir():
        _sync(file)
    _sync(folder)


def _move(aside: Path, folder: Path) -> None:
    """One rename; if somebody else was quicker, theirs is the same run. A damaged run makes way, whoever else clears it too."""
    for attempt in range(_ATTEMPTS):
        try:
            aside.rename(folder)
            break
        except OSError as error:
            taken = folder.exists() or error.errno in (errno.EEXIST, errno.ENOTEMPTY)
            if not taken or attempt == _ATTEMPTS - 1:
                raise
            if folder.exists():
                if not _damages(folder):
                    break
                shutil.rmtree(folder, ignore_errors=True)
    _sync(folder.parent)


def _damages(folder: Path) -> list[str]:
    """What does not match the manifest, file by file."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["seal"] != _seal(manifest):
            return [tr(f"{MANIFEST} 被改动", f"{MANIFEST} was altered")]
        files = manifest["files"].items()
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        if not (folder / MANIFEST).is_file():
            return [tr(f"缺少 {MANIFEST}", f"{MANIFEST} is missing")]
        return [tr(f"{MANIFEST} 无法读取", f"{MANIFEST} cannot be read")]
    found = []
    for name, digest in files:
        if not (folder / name).is_file():
            found.append(tr(f"缺少 {name}", f"{name} is missing"))
        elif _sha256(folder / name) != digest:
            found.append(tr(f"{name} 被改动或截断", f"{name} was altered or cut short"))
    return found


def _seal(manifest: dict[str, Any]) -> str:
    rest = {key: value for key, value in manifest.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with open(file, "rb") as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    """Flush a file or folder to disk; Windows has no folder handles to flush."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
