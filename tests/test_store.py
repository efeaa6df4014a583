"""A saved run is whole and verified or not there at all: damage, full disks, competition and kill -9."""

import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import xarray as xr

from simulator.errors import DamagedRun, StorageError
from simulator.scenario import load_scenario
from simulator.store import describe_runs, list_runs, open_run, run_digest, save_run
from tests import support

ROOT = Path(__file__).resolve().parents[1]
N_FLIP = 60


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Two small runs that differ in their seed: (scenario, results)."""
    size = {"lognormal": {"median": "2000万元", "sigma": 1}}
    streams = {"made": support.stream("first_of_kind", size, 5), "centre": support.stream("energy_management_centre", size, 5)}
    chosen = [support.tiny(tmp_path_factory.mktemp("world"), streams, {"draws": 64}, seed=seed) for seed in (1, 2)]
    return [(scenario, support.run(scenario, 64)) for scenario in chosen]


@pytest.fixture(scope="module")
def saved(worlds, tmp_path_factory):
    return save_run(*worlds[0], tmp_path_factory.mktemp("results"))


@pytest.fixture
def copy(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / saved.name))


def opened(folder):
    """Results of a run, verified, in memory."""
    run = open_run(folder)
    with run.results:
        return run, run.results.load()


def test_a_run_comes_back_bit_for_bit_with_its_units_and_names(saved, worlds):
    run, results = opened(saved)
    support.assert_identical(results, worlds[0][1])
    assert run.scenarios == ["tiny"]
    for name, variable in worlds[0][1].variables.items():
        assert results[name].attrs == variable.attrs, name
    for key in ("policy", "seed", "kernels", "scrambles"):
        assert results.attrs[key] == worlds[0][1].attrs[key]


def test_the_manifest_lists_every_file_with_its_sha256(saved):
    manifest = json.loads((saved / "manifest.json").read_text("utf-8"))
    files = {file.name for file in saved.iterdir()}
    assert set(manifest["files"]) == files - {"manifest.json"} >= {"results.nc", "tiny.yaml", "tiny.provenance.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((saved / name).read_bytes()).hexdigest() == digest
    assert (manifest["draws"], manifest["seed"], manifest["versions"][0].split()[0]) == (64, 1, "numpy")


def test_the_saved_scenario_loads_again_and_gives_the_same_results_bit_for_bit(saved, worlds):
    again = load_scenario(open_run(saved).scenario_file("tiny"))
    results = support.run(again, 64)
    support.assert_identical(results, worlds[0][1])
    assert run_digest([again], results) == saved.name.rsplit("-", 1)[1]


def places(saved):
    """Some sixty (file, offset, bit), spread over all files, the first and the last byte of each among them."""
    rng, files = random.Random(355), sorted(saved.iterdir())
    for file in files:
        size = file.stat().st_size
        for offset in (0, size - 1, *(rng.randrange(size) for _ in range(N_FLIP // len(files) - 2))):
            yield file.name, offset, 1 << rng.randrange(8)


def test_one_flipped_bit_anywhere_is_refused_with_the_name_of_its_file(copy):
    flips = list(places(copy))
    assert len(flips) == N_FLIP
    for name, offset, bit in flips:
        whole = bytearray((copy / name).read_bytes())
        (copy / name).write_bytes(bytes(whole[:offset]) + bytes([whole[offset] ^ bit]) + bytes(whole[offset + 1:]))
        with pytest.raises(DamagedRun, match=name.replace(".", r"\.")) as caught:
            open_run(copy)
        assert caught.value.exit_code == 4
        assert str(copy) in str(caught.value)
        (copy / name).write_bytes(whole)
    open_run(copy).results.close()


@pytest.mark.parametrize("name", ["results.nc", "tiny.yaml", "manifest.json"])
@pytest.mark.parametrize("harm", ["missing", "empty", "half", "longer", "a folder"])
def test_a_missing_or_truncated_file_is_refused_by_name(copy, name, harm):
    file, content = copy / name, (copy / name).read_bytes()
    file.unlink()
    if harm == "a folder":
        file.mkdir()
    elif harm != "missing":
        file.write_bytes({"empty": b"", "half": content[: len(content) // 2], "longer": content + b"}"}[harm])
    with pytest.raises(DamagedRun, match=name.replace(".", r"\.")):
        open_run(copy)


def test_swapped_files_are_both_named(copy):
    (copy / "tiny.yaml").rename(copy / "aside")
    (copy / "tiny.provenance.json").rename(copy / "tiny.yaml")
    (copy / "aside").rename(copy / "tiny.provenance.json")
    with pytest.raises(DamagedRun, match=r"(?s)tiny\.provenance\.json.*tiny\.yaml|tiny\.yaml.*tiny\.provenance\.json"):
        open_run(copy)


def test_a_folder_that_is_no_run_is_no_damaged_run(tmp_path):
    with pytest.raises(StorageError, match=str(tmp_path)) as caught:
        open_run(tmp_path)
    assert not isinstance(caught.value, DamagedRun)


def test_damaged_runs_are_listed_as_damaged(copy, worlds):
    save_run(*worlds[1], copy.parent)
    (copy / "tiny.yaml").write_text("name: tiny", "utf-8")
    states = {run["folder"]: run["state"] for run in describe_runs(copy.parent)}
    assert set(states) == set(list_runs(copy.parent))
    assert "tiny.yaml" in states[copy]
    assert len(states) == 2


STEPS = {
    "making the folder": (os, "mkdir", range(1, 3)), "writing results": (xr.Dataset, "to_netcdf", range(1, 2)),
    "writing text": (Path, "write_text", range(1, 4)), "flushing": (os, "fsync", range(1, 7)),
    "renaming": (os, "rename", range(1, 2)),
}


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize(("step", "call"), [(step, n) for step, (_, _, calls) in STEPS.items() for n in calls])
def test_a_failing_step_leaves_nothing_behind_and_names_the_path(worlds, tmp_path, monkeypatch, step, call, reason):
    older = save_run(*worlds[1], tmp_path / "older")
    owner, name, _ = STEPS[step]
    real, calls = getattr(owner, name), []

    def fails(*given, **named):
        calls.append(given)
        if len(calls) == call:
            raise OSError(reason, os.strerror(reason))
        return real(*given, **named)

    out = tmp_path / "out"
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, fails)
        with pytest.raises(StorageError) as caught:
            save_run(*worlds[0], out)
    assert len(calls) >= call
    assert caught.value.exit_code == 3
    assert str(out) in str(caught.value)
    assert os.strerror(reason) in str(caught.value)
    assert "\n" not in str(caught.value)
    left = list(out.iterdir()) if out.exists() else []
    if (step, call) == ("flushing", 6):  # after the rename: the run is there, and whole
        assert [opened(folder)[0].scenarios for folder in left] == [["tiny"]]
    else:
        assert left == []
    opened(older)


@pytest.mark.parametrize("occupied", ["out", "folder"])
def test_a_file_in_the_way_is_named_and_kept(worlds, saved, tmp_path, occupied):
    out = tmp_path / "out"
    in_the_way = out if occupied == "out" else out / saved.name
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("mine", "utf-8")
    with pytest.raises(StorageError, match=str(out)):
        save_run(*worlds[0], out)
    assert in_the_way.read_text("utf-8") == "mine"
    assert [file for file in tmp_path.rglob("*") if file not in (out, in_the_way)] == []


def test_an_interrupt_while_saving_leaves_nothing_behind(worlds, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_run(*worlds[0], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_saving_the_same_run_twice_keeps_one_folder_untouched(worlds, tmp_path):
    first = save_run(*worlds[0], tmp_path)
    before = {file.name: file.stat().st_mtime_ns for file in first.iterdir()}
    assert save_run(*worlds[0], tmp_path) == first
    assert {file.name: file.stat().st_mtime_ns for file in first.iterdir()} == before
    assert list(tmp_path.iterdir()) == [first]


@pytest.mark.parametrize("harm", ["results.nc", "manifest.json"])
def test_a_damaged_run_is_replaced_by_the_same_run(worlds, tmp_path, harm):
    (save_run(*worlds[0], tmp_path) / harm).write_bytes(b"{}")
    folder = save_run(*worlds[0], tmp_path)
    support.assert_identical(opened(folder)[1], worlds[0][1])
    assert list(tmp_path.iterdir()) == [folder]


# A process that saves runs: it says that it is ready, and starts when it is told to.
SAVER = """
import errno, sys, time
from pathlib import Path
from simulator.errors import SimulatorError
from simulator.scenario import load_scenario
from simulator.store import open_run, save_run

out, times, limit, *folders = sys.argv[1:]
runs = []
for folder in folders:
    run = open_run(folder)
    with run.results:
        runs.append((load_scenario(run.scenario_file(run.scenarios[0])), run.results.load()))

def limit_files(size):
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    except ImportError:  # this system has no such limit: a file that ends there stands for it
        whole = Path.write_bytes
        def write_bytes(path, data):
            whole(path, data[:size])
            if len(data) > size:
                raise OSError(errno.EFBIG, "File too large", str(path))
        Path.write_bytes = write_bytes

print("ready", flush=True)
sys.stdin.readline()
if int(limit):
    limit_files(int(limit))
started = time.perf_counter()
try:
    for i in range(int(times)):
        save_run(*runs[i % len(runs)], out)
except SimulatorError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
print(time.perf_counter() - started)
"""


@contextmanager
def savers(*arguments):
    """One process for each (folder, times, largest file or 0, runs ...), ready to save; all are gone at the end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen([sys.executable, "-c", SAVER, *map(str, each)], env=environment, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
               for each in arguments]
    try:
        for process in started:
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def start(process):
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.mark.parametrize("damaged_before", [False, True])
def test_eight_processes_save_the_same_and_different_runs_into_one_folder(worlds, saved, tmp_path, damaged_before):
    other, out = save_run(*worlds[1], tmp_path / "other"), tmp_path / "out"
    if damaged_before:
        (shutil.copytree(saved, out / saved.name) / "tiny.yaml").unlink()
    pairs = [(saved, other), (other, saved)]
    with savers(*((out, 4, 0, *pairs[i % 2]) for i in range(8))) as processes:
        for process in processes:
            start(process)
        for process in processes:
            _, said = process.communicate(timeout=120)
            assert (process.returncode, said) == (0, "")
    assert {folder.name for folder in out.iterdir()} == {saved.name, other.name}
    for folder, (_, results) in zip((saved, other), worlds, strict=True):
        support.assert_identical(opened(out / folder.name)[1], results)


def test_a_saving_process_killed_at_any_moment_leaves_a_whole_run_or_none(worlds, saved, tmp_path):
    with savers(*((tmp_path / name, 1, 0, saved) for name in ("whole", *map(str, range(15))))) as (first, *others):
        start(first)
        usual = float(first.communicate(timeout=120)[0])
        for i, process in enumerate(others):
            if i > 0:  # the first is killed before it starts
                start(process)
                time.sleep(10 * usual + 1.0 if i == 14 else usual * random.Random(i).random() * 1.1)  # the last long after
            process.kill()
            process.communicate()
    found = {i: list_runs(tmp_path / str(i)) for i in range(15)}
    assert 0 < sum(map(bool, found.values())) < 15, "every kill came too early, or every one too late"
    for i, folders in found.items():
        assert [folder.name for folder in folders] in ([], [saved.name])
        save_run(*worlds[0], tmp_path / str(i))
        support.assert_identical(opened(tmp_path / str(i) / saved.name)[1], worlds[0][1])


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_disk_that_fills_up_while_results_are_written_is_said_in_one_sentence(saved, tmp_path, share):
    """The operating system's limit on the size of a file stands for a full disk."""
    size = int(share * (saved / "results.nc").stat().st_size)
    with savers((tmp_path / "out", 1, size, saved)) as (process,):
        start(process)
        _, said = process.communicate(timeout=120)
    assert (process.returncode, said.count("\n")) == (3, 1), said[:2000]
    assert str(tmp_path / "out") in said
    assert list((tmp_path / "out").iterdir()) == []
