"""The arithmetic of the benchmark: ratios, medians, shares, verdicts, tables, and what it reads out of sources and assembly."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from kernels.layouts import Outputs
from tests.benchmarks import __main__ as command
from tests.benchmarks.anatomy import LAST_WITH_WORDS, STAGES, left_out_after, without
from tests.benchmarks.assembly import EXP_PRODUCTS, LN_PRODUCTS, PHILOX_PRODUCTS, Counts, count, shortcomings
from tests.benchmarks.bar import Line, cells, verdict
from tests.benchmarks.contestants import BITS, CONTRACTED_KERNEL, KERNEL, NUMPY, Race
from tests.benchmarks.machine import busy
from tests.benchmarks.passes import extra_share
from tests.benchmarks.random_bits import DRAWING, Calls, counting
from tests.benchmarks.report import Report, lay_out
from tests.benchmarks.roofline import Machine, nanoseconds
from tests.benchmarks.timing import Time, alternate, cpu_of, number, ratios, spread, wall_of
from tests.benchmarks.variations import CONTRACTED, Change, changed_sources, source
from tests.benchmarks.world import disagreement


def test_quartiles_are_those_of_the_values():
    assert spread([5.0, 1.0, 3.0, 2.0, 4.0]) == (2.0, 3.0, 4.0)


def test_a_round_that_is_slow_for_all_changes_no_ratio():
    assert ratios([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (1234.5, "1,230"), (42.16, "42.2"), (0.98765, "0.988"), (9.999, "10.0"),
                                             (0.00123456, "0.00123"), (-3.14159, "-3.14"), (float("nan"), "—"), (float("inf"), "—")])
def test_numbers_have_three_digits_and_no_exponent(value, text):
    assert number(value) == text


def test_contestants_take_turns_and_each_begins_a_round():
    seen = []
    contestants = {name: lambda name=name: seen.append(name) for name in "abc"}
    times = alternate(contestants, 4)
    assert "".join(seen) == "abc" + "abc" + "bca" + "cab" + "abc"
    assert {name: len(each) for name, each in times.items()} == {"a": 4, "b": 4, "c": 4}


def test_contestants_that_are_warm_are_not_called_untimed():
    seen = []
    alternate({"a": lambda: seen.append("a")}, 2, warm=True)
    assert seen == ["a", "a"]


def test_times_are_divided_by_what_was_done():
    times = [Time(2.0, 4.0), Time(3.0, 6.0)]
    assert cpu_of(times, 2.0) == [1.0, 1.5]
    assert wall_of(times) == [4.0, 6.0]


def test_the_share_of_more_variants_is_what_they_add_over_what_they_cost_alone():
    assert extra_share(together=13.0, first=10.0, others=10.0) == pytest.approx(0.3)
    assert extra_share(together=20.0, first=10.0, others=10.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("measured", "at_least", "expected"), [
    (14.9, True, "no"), (15.0, True, "yes"), (25.0, True, "yes, stretch too"), (26.0, False, "no"), (None, True, "—")])
def test_the_bar_is_met_at_its_limit(measured, at_least, expected):
    limits = (15, 25) if at_least else (15, 10)
    assert verdict(Line("x", *limits, measured, at_least=at_least)) == expected


def test_a_line_without_stretch_is_met_or_not():
    assert verdict(Line("strict", 1.5, None, 1.2, at_least=False)) == "yes"
    assert cells(Line("strict", 1.5, None, 1.2, at_least=False)) == ["strict", "≤ 1.5 x", "—", "1.20 x", "yes"]


def test_a_line_that_was_not_measured_says_why():
    assert cells(Line("RMSE", 5, 8, None, why="--precision")) == ["RMSE", "≥ 5 x", "≥ 8 x", "--precision", "—"]


@pytest.mark.parametrize(("same", "text", "met"), [(1.0, "yes", "yes, stretch too"), (0.0, "no", "no"), (None, "not measured", "—")])
def test_equal_bits_are_a_matter_of_yes_or_no(same, text, met):
    assert cells(Line("bits", 1, 1, same, unit="yes")) == ["bits", "yes", "yes", text, met]


def test_columns_of_a_table_are_aligned_wide_characters_too():
    lines = lay_out(["", "ns"], [["口径", "1"], ["abc", "12,345"]])
    assert lines == ["            ns", "  ────────────", "  口径       1", "  abc   12,345"]


def test_a_report_keeps_figures_and_failures(tmp_path):
    said = []
    report = Report(said.append)
    report.keep("ratio", spread([1.0, 2.0, 3.0])._asdict() | {"n": np.int64(3)})
    assert report.check(True, "right")
    assert not report.check(False, "equal", "1e-3 apart")
    report.save(tmp_path / "figures.json")
    kept = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert kept == {"ratio": {"low": 1.5, "median": 2.0, "high": 2.5, "n": 3}, "failures": ["equal (1e-3 apart)"]}
    assert said == ["  ok: right", "  FAILED: equal (1e-3 apart)"]


def test_a_busy_machine_is_warned_of():
    assert busy(0.1) is None
    assert busy(None) is None
    assert "2.00" in busy(2.0)


def outputs(value):
    return Outputs(flows=np.full((1, 2, 3, 4, 5), value), totals=np.full((1, 2, 3, 4), value), parts=np.full((1, 2, 4, 1), value),
                   grouped=np.full((1, 2, 3, 4, 2), value), control=np.full((1, 2, 1), value))


def test_disagreement_is_relative_to_each_kind_of_figure():
    found, expected = outputs(100.0), outputs(100.0)
    assert disagreement(found, expected) == 0.0
    found.flows[0, 1, 2, 3, 4] += 1e-6
    assert disagreement(found, expected) == pytest.approx(1e-8)
    expected.totals[0, :, 1], found.totals[0, :, 1] = 0.0, 0.0
    assert disagreement(found, expected) == pytest.approx(1e-8)
    found.totals[0, 0, 1, 0] = 1e-9  # where nothing should be
    assert disagreement(found, expected) > 1.0


def test_calls_are_counted_per_pair_and_where_they_stand():
    assert Calls({"a": 30, "b": 10}, 20).per_pair == 2.0
    names, changed = counting("def _f(work):\n    w, _, _, _ = streams.words(s, d, k[i], streams.SIZES)\n"
                              "    return streams.words(s, d, 1, streams.COUNT)\n")
    assert names == ["SIZES in f", "COUNT in f"]
    assert "w, _, _, _ = counted(work, 0, streams.words(s, d, k[i], streams.SIZES))" in changed
    assert "return counted(work, 1, streams.words(s, d, 1, streams.COUNT))" in changed


def test_words_that_are_drawn_in_another_way_are_refused():
    with pytest.raises(ValueError, match="must follow"):
        counting("def f():\n    return streams.words(s, d,\n        k, streams.SIZES)\n")


def test_a_change_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="must follow"):
        changed_sources({"a.py": "x = 1\n"}, "other", [Change("a.py", "y", "z")])


def test_a_changed_copy_imports_from_itself():
    made = changed_sources({"__init__.py": "point()\n", "a.py": "from kernels import b\nfrom kernels.c import d\nx = 1\n"}, "other",
                           [Change("a.py", "x = 1", "x = 2")])
    assert made["a.py"] == "from other import b\nfrom other.c import d\nx = 2\n"
    assert "point" not in made["__init__.py"]


def test_calls_are_left_out_and_their_results_are_zero():
    text = "def f(x):\n    n = a(x)\n    if n:\n        b(x, c(x))\n    d(n)\n"
    assert without(text, ["a", "b", "c"]) == "def f(x):\n    n = 0\n    if n:\n        pass\n    d(n)"
    with pytest.raises(ValueError, match="e"):
        without(text, ["e"])


@pytest.mark.parametrize("place", range(len(STAGES)))
def test_the_kernel_still_has_the_stages_that_the_benchmark_leaves_out(place):
    for change in left_out_after(place):
        compile(change.new, change.file, "exec")


def test_the_kernel_still_is_what_the_benchmark_changes():
    sources = {name: source(name) for name in ("compiled.py", "layouts.py", DRAWING)}
    assert changed_sources(sources, "other", CONTRACTED)["compiled.py"].count("fastmath") == 2
    assert any(name.startswith("SIZES in ") for name in counting(sources[DRAWING])[0])
    assert STAGES[LAST_WITH_WORDS].name == "outcome"


def loop(*instructions):
    return ".LBB0_1:\n" + "".join(f"\t{name}\t%ymm1, %ymm2, %ymm3\n" for name in instructions) + "\tjne\t.LBB0_1\n"


def test_vectorised_loops_are_found_between_labels_and_jumps():
    text = (3 * loop(*["vpmuludq"] * PHILOX_PRODUCTS) + loop(*["vmulpd", "vaddpd"] * EXP_PRODUCTS)
            + loop(*["vmulpd", "vsubpd"] * (EXP_PRODUCTS + LN_PRODUCTS), "vdivpd") + loop("vmulsd", "vfmadd213sd"))
    found = count(text)
    assert found == Counts(packed=4 * EXP_PRODUCTS + 2 * LN_PRODUCTS + 1, scalar=2, fused=1, packed_products=3 * PHILOX_PRODUCTS,
                           philox_loops=3, exp_loops=2, ln_loops=1, widest="ymm")
    assert shortcomings(found) == []


def test_scalar_loops_are_shortcomings():
    text = loop(*["imulq"] * 20) + loop(*["vmulsd", "vaddsd"] * 30)
    assert len(shortcomings(count(text))) == 3


def test_the_limit_is_words_and_the_slower_of_loads_and_stores():
    machine = Machine(gigahertz=2.0, ns_per_call=3.0, lanes=4)
    counted = {"words": 2, "vector_loads": 16, "vector_stores": 16, "scalar_loads": 4, "scalar_stores": 1}
    assert nanoseconds(counted, machine) == 2 * 3.0 + max((16 / 4 + 4) / 2, 16 / 4 + 1) / 2.0


SECTIONS = ("counts", "bits", "levels", "agreement", "race", "stages", "threads", "passes", "interactive", "ladder", "starts", "precision")


def test_the_bar_is_filled_from_what_was_found():
    one = spread([1.0])
    raced = Race({}, {}, {KERNEL: one, CONTRACTED_KERNEL: spread([0.8]), NUMPY: spread([20.0]), BITS: spread([0.2]),
                           "OpenFisca-core, tuned": spread([120.0])})
    found = dict.fromkeys(SECTIONS) | {"race": raced, "bits": True, "levels": False, "passes": {"kernel": spread([0.5])},
                                       "starts": {"help": spread([0.1]), "warm": None}, "ladder": {"beyond": 40.0, "own": None}}
    measured = {line.name: line.measured for line in command.lines(found)}
    assert measured["faster than NumPy, same full model"] == 20.0
    assert measured["time over random bits alone"] == 5.0
    assert measured["strict mode over contracted"] == 1.25
    assert measured["bits equal, processor levels too"] == 0.0
    assert measured["one more variant, kernel, dearest pass"] == 0.5
    assert measured["memory beyond outputs, dearest of the ladder"] == 40.0
    assert measured["faster than OpenFisca-core, tuned"] == 120.0
    assert measured["faster than OpenFisca-core, ordinary use"] is None
    assert measured["subsidysim run baseline, warm"] is None


def test_nothing_measured_is_nothing_met():
    assert {verdict(line) for line in command.lines(dict.fromkeys(SECTIONS))} == {"—"}


def wrong(report, *_):
    report.check(False, "equal bits")


def broken(*_):
    raise ValueError("no figure")


@pytest.mark.parametrize(("result", "code", "said"), [
    (lambda *_: None, 0, ""), (wrong, 1, "FAILED: equal bits"), (broken, 1, "FAILED: bits: no figure")])
def test_a_wrong_result_ends_with_one_and_the_bar_is_printed_all_the_same(result, code, said, monkeypatch):
    for name in ("vectorised", "agreement", "race"):
        monkeypatch.setattr(command, name, lambda *_: None)
    for module, name in ((command.threads, "one_to_two"), (command.passes, "one_more_variant"), (command.interactive, "interactive"),
                         (command.scaling, "ladder"), (command.starts, "starts")):
        monkeypatch.setattr(module, name, lambda *_: None)
    monkeypatch.setattr(command.bits, "equal_bits", result)
    done = CliRunner().invoke(command.main, ["--quick"])
    assert done.exit_code == code
    assert said in done.output
    assert "The bar" in done.output


def test_quick_and_full_exclude_each_other():
    assert CliRunner().invoke(command.main, ["--quick", "--full"]).exit_code == 2
