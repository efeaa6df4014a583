"""Many variants under one luck: each has the figures of a run by itself, bit for bit, whatever stands beside it."""

import json

import numpy as np
import pytest

import simulator.variants as module
from simulator.changes import with_values
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.errors import SimulatorError
from simulator.headlines import headlines
from simulator.population import draw_applications
from simulator.scenario import load_scenario
from simulator.variants import SharedLuck
from tests.support import financed, stream, tiny

DRAWS = 64
SIZE = {"lognormal": {"median": "2500万元", "sigma": 1.2}}
STREAMS = {
    "made": stream(["first_of_kind", "catalogue_breakthrough"], SIZE, {"negative_binomial": {"mean": 6, "dispersion": 4}}),
    "upgrade": stream(["upgrade_loan_interest", "upgrade_lease", "major_project"], SIZE, 8, count_of="potential_projects", approval=None,
                      outcome="at_risk", **financed(loan=30, lease=30, both=20)),
    "factory": stream("smart_factory", "1亿元", {"poisson": 3}, tier="benchmark"),
    "software": stream("software_purchase", "300万元", {"poisson": 3}),
}


def rule(instrument, field, value):
    """A value of the rule book, by its path."""
    return {("policy", "instruments", instrument, *field.split(".")): value}


FUND = ("appropriation", "industrial_development")
ENFORCED = {(*FUND, "amount"): "3000万元", (*FUND, "enforce"): "cash"}
CHANGES = {
    "as.it.stands": {},
    "higher.rate": rule("first_of_kind", "rate", "45%"),
    "no.cap": rule("first_of_kind", "cap", None),
    "lower.threshold": rule("upgrade_lease", "threshold", "1000万元"),
    "full.intensity": {("drivers", "award_intensity"): {"value": "100%"}},
    "fixed.tier": rule("smart_factory", "tiers.benchmark.amount", "500万元"),
    "fixed.rate": rule("software_purchase", "rate", "10%"),
    "uncorrelated": {("correlations",): []},
    "nobody.responds": {("readings", "response"): "none"},
    "other.base": rule("upgrade_lease", "base", "investment"),
    "other.payout": rule("upgrade_lease", "payout", "on_acceptance") | rule("upgrade_lease", "fund", "energy_conservation"),
    "other.shape": rule("upgrade_loan_interest", "term", 2) | rule("upgrade_loan_interest", "cap_period", "year"),
    "other.behaviour": {("behaviour", "approval_size_correlation"): {"value": "60%"}, ("behaviour", "build_time"): {"value": "9个月"}},
    "stacked": {("readings", "exclusivity"): "stack"},
    "enforced": ENFORCED,
    "pro.rata": ENFORCED | {(*FUND, "rule"): "pro_rata"},
    "quota": rule("first_of_kind", "quota.kind", "hard") | rule("first_of_kind", "quota.count", 2),
}


@pytest.fixture(scope="module")
def variants(tmp_path_factory):
    """Variants of one world, and two of another population."""
    folder = tmp_path_factory.mktemp("worlds")
    world = tiny(folder, STREAMS)
    elsewhere = tiny(folder, {"made": STREAMS["made"], "centre": stream("energy_management_centre", SIZE, 5)}, name="elsewhere")
    return [*(with_values(world, values, name) for name, values in CHANGES.items()),
            elsewhere, with_values(elsewhere, CHANGES["full.intensity"], "elsewhere.in.full")]


@pytest.fixture(scope="module")
def alone(variants):
    """The headlines of every variant from a run of its own: name -> Dataset(draw)."""
    return {each.name: headlines(each, simulate(each, draw_applications(each), draw_drivers(each, DRAWS), threads=1)) for each in variants}


def assert_as_alone(lines, alone):
    for i, name in enumerate(lines["variant"].values):
        own = lines.isel(variant=i)
        assert set(own.data_vars) == set(alone[name].data_vars)
        for figure, values in alone[name].data_vars.items():
            assert own[figure].dims == values.dims
            assert own[figure].values.tobytes() == values.values.tobytes(), (name, figure)
            assert own[figure].attrs == values.attrs
        for dim in ("year", "instrument", "plan_year"):
            assert np.array_equal(own[dim].values, alone[name][dim].values)
    assert lines.attrs["scrambles"] == 8


def test_the_worlds_of_these_tests_differ_in_their_figures(alone):
    by_figures = {}
    for name, each in alone.items():
        by_figures.setdefault(each["outlay_by_year"].values.tobytes(), []).append(name)
    assert [names for names in by_figures.values() if len(names) > 1] == []


@pytest.mark.parametrize(("size", "threads"), [(1, 1), (2, 2), (5, 1)])
def test_a_variant_has_the_figures_of_a_run_by_itself_whatever_the_pass_and_the_threads(variants, alone, monkeypatch, size, threads):
    monkeypatch.setattr(module, "PASS", size)
    lines = SharedLuck(DRAWS, threads).headlines(variants)
    assert lines["variant"].values.tolist() == [each.name for each in variants]
    assert_as_alone(lines, alone)


@pytest.mark.parametrize("seed", range(2))
def test_neither_the_order_nor_the_neighbours_of_a_variant_change_its_figures(variants, alone, seed):
    rng = np.random.default_rng(seed)
    luck = SharedLuck(DRAWS)
    for n in (len(variants), 3, 1):
        some = [variants[i] for i in rng.permutation(len(variants))[:n]]
        lines = luck.headlines(some)
        assert lines["variant"].values.tolist() == [each.name for each in some]
        assert_as_alone(lines, alone)


def test_a_second_call_gives_the_same_figures(variants, alone):
    luck = SharedLuck(DRAWS)
    some = variants[::3]
    first, second = luck.headlines(some), luck.headlines(some)
    assert first.identical(second)
    assert_as_alone(second, alone)


def test_drivers_are_drawn_once_for_all_variants_that_share_them(variants, monkeypatch):
    drawn, frames = [], []
    monkeypatch.setattr(module, "draw_drivers", lambda some,
                        draws: drawn.append(getattr(some, "name", "several")) or draw_drivers(some, draws))
    monkeypatch.setattr(module, "draw_applications", lambda each: frames.append(each.name) or draw_applications(each))
    luck = SharedLuck(DRAWS)
    apart = {"full.intensity", "fixed.tier", "fixed.rate", "uncorrelated", "elsewhere", "elsewhere.in.full"}
    alike = [each for each in variants if each.name not in apart]
    luck.headlines(alike)
    luck.headlines(alike[:-2])
    assert drawn == ["as.it.stands"]
    luck.headlines(variants)
    assert drawn.count("as.it.stands") == 1
    assert "several" in drawn
    assert frames == ["as.it.stands", "elsewhere"]


def test_more_kinds_of_drivers_than_are_kept_change_no_figure(variants, alone, monkeypatch):
    monkeypatch.setattr(module, "PASS", 1)  # as many drivers are kept as variants of a pass
    luck = SharedLuck(DRAWS)
    for some in (variants[:7], variants[5:1:-1]):
        assert_as_alone(luck.headlines(some), alone)
    assert len(luck._drivers) == 1


def test_without_a_number_of_draws_it_is_the_scenario_s_own(variants):
    few = with_values(variants[0], {("draws",): 32})
    assert SharedLuck().headlines([few]).sizes["draw"] == 32
    assert SharedLuck(16).headlines([few]).sizes["draw"] == 16


def test_the_potential_projects_are_those_of_the_first_variant_s_frame(variants):
    lines = SharedLuck(16).headlines([variants[-1], variants[0]])
    assert lines.attrs["projects"] == draw_applications(variants[-1]).sizes["application"]


def test_an_instrument_that_another_variant_lacks_counts_nothing_there(variants, alone, tmp_path):
    """Years are those of the longest; what one of them does not have is 0, and its own figures stay."""
    short = tiny(tmp_path, STREAMS, {"years": {"filing": [2024, 2026], "horizon": 2030}}, name="short")
    lines = SharedLuck(DRAWS).headlines([variants[0], short])
    assert lines["year"].values.tolist() == list(range(2024, 2033))
    assert not lines["outlay_by_year"].sel(variant="short", year=[2031, 2032]).values.any()
    own = headlines(short, simulate(short, draw_applications(short), draw_drivers(short, DRAWS)))
    assert lines["outlay"].values[1].tobytes() == own["outlay"].values.tobytes()
    assert lines["outlay_by_year"].sel(variant="short", year=own["year"]).values.tobytes() == own["outlay_by_year"].values.tobytes()
    assert lines["outlay"].values[0].tobytes() == alone["as.it.stands"]["outlay"].values.tobytes()


def test_rule_books_in_another_order_do_not_share_a_pass(variants, alone, tmp_path):
    """Instruments go by place in a pass: a rule book that lists them the other way round would be paid by other clauses."""
    one = variants[0]
    rules = dict(reversed(one.content["policy"]["instruments"].items()))
    file = tmp_path / "reversed.yaml"
    file.write_text(json.dumps(one.content | {"name": "reversed", "policy": one.content["policy"] | {"instruments": rules}}), "utf-8")
    other = load_scenario(file)
    own = headlines(other, simulate(other, draw_applications(other), draw_drivers(other, DRAWS)))
    for some in ([one, other], [other, one]):
        lines = SharedLuck(DRAWS).headlines(some)
        assert lines["instrument"].values.tolist() == list(some[0].model.policy.instruments)
        assert_as_alone(lines.sel(variant=["as.it.stands"], instrument=list(one.model.policy.instruments)), alone)
        assert_as_alone(lines.sel(variant=["reversed"], instrument=list(rules)), {"reversed": own})


def test_variants_of_one_name_are_refused(variants):
    with pytest.raises(SimulatorError, match="方案名称重复"):
        SharedLuck(DRAWS).headlines([variants[0], variants[1], variants[0]])


def test_variants_of_different_numbers_of_draws_are_refused(variants):
    fewer = with_values(variants[0], {("draws",): 32}, "fewer")
    with pytest.raises(SimulatorError, match=r"抽样次数.*32") as caught:
        SharedLuck().headlines([variants[0], fewer])
    assert "fewer" in str(caught.value)
    assert SharedLuck(16).headlines([variants[0], fewer]).sizes["draw"] == 16


@pytest.mark.parametrize("size", [1, 3, 16])
def test_progress_never_goes_back_and_ends_at_the_total(variants, monkeypatch, size):
    monkeypatch.setattr(module, "PASS", size)
    told = []
    some = [*variants[:5], *variants[-2:]]
    SharedLuck(DRAWS).headlines(some, lambda done, total: told.append((done, total)))
    done = [each for each, _ in told]
    assert {total for _, total in told} == {DRAWS * len(some)}
    assert done == sorted(done)
    assert 0 < done[0] <= DRAWS * size
    assert done[-1] == DRAWS * len(some)


@pytest.mark.parametrize("after", [1, 9])
def test_an_interrupt_leaves_at_once_and_the_luck_can_be_used_again(variants, alone, monkeypatch, after):
    monkeypatch.setattr(module, "PASS", 2)
    luck, calls = SharedLuck(DRAWS), []

    def interrupted(done, total):
        calls.append(done)
        if len(calls) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        luck.headlines(variants[:6], interrupted)
    assert len(calls) == after
    assert_as_alone(luck.headlines(variants[:6]), alone)
