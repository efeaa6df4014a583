"""Who is followed through a draw: dropping those that cannot file changes nothing, nor does where the lanes end."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import layouts
from kernels.candidates import existing_in, largest_factor
from kernels.compiled import kernel
from kernels.formulas import CAPPED_SHARE, INTEREST_SUBSIDY, TIERED_AWARD
from kernels.futures import simulate_draws
from kernels.layouts import BASE, EXCLUSIVITY, LANES, LIFE, PAYOUT, RESPONSE
from simulator.drivers import draw_drivers
from simulator.pack import pack
from simulator.population import draw_applications
from simulator.scenario import load_scenario
from simulator.tables import LARGEST_SCORE
from tests import support

DRAWS = 6
CENT = 0.01
READINGS = list(product(RESPONSE, EXCLUSIVITY))
COUNTS = [layouts.FLOWS.index(name) for name in ("applications", "approvals", "awards")]
FACTOR, INVESTMENT, APPLIED = (LIFE.index(name) for name in ("factor", "investment", "applied"))


def run(given_, first=0, last=1, work=None):
    results = support.outputs_of(given_)
    simulate_draws(given_, results, work or support.workspace(given_), first, last)
    return results


def added(results):
    """The sum of several outputs."""
    return layouts.Outputs(*(sum(fields) for fields in zip(*results, strict=True)))


def assert_same(ours, theirs):
    """Counts exactly, money but for the order of addition."""
    assert np.array_equal(ours.flows[:, :, COUNTS], theirs.flows[:, :, COUNTS])
    assert np.array_equal(ours.parts, theirs.parts)
    for name in layouts.Outputs._fields:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12, atol=CENT / 100, err_msg=name)


def only(given_, batch, runs):
    """A world of one batch, in which exactly these runs (first row, how many) exist, each a segment."""
    chosen = np.searchsorted(given_.segments["first"], [first for first, _ in runs], side="right") - 1
    segments, batches = given_.segments[chosen].copy(), given_.batches[batch: batch + 1].copy()
    segments["first"], segments["size"], segments["cell"] = *np.transpose(runs), -1
    batches["first_segment"], batches["n_segment"] = 0, len(runs)
    return given_._replace(batches=batches, segments=segments,
                           largest_base=np.ascontiguousarray(given_.largest_base[:, batch: batch + 1]))


# --- who is dropped ---------------------------------------------------------------------------------------------------


def packed(scenario, frame, examine, draws=DRAWS):
    return pack([scenario], frame, draw_drivers(scenario, draws), "district", examine=examine)


@pytest.mark.parametrize(("response", "exclusivity"), READINGS)
def test_following_everybody_to_the_end_changes_nothing(frame, response, exclusivity):
    scenario = load_scenario("baseline", readings={"response": response, "exclusivity": exclusivity})
    ours, all_of_them = (run(packed(scenario, frame, examine), 0, DRAWS) for examine in (False, True))
    assert_same(ours, all_of_them)
    assert np.all(ours.flows[:, :, COUNTS].sum(axis=(3, 4)) > 300)


@pytest.mark.parametrize("rule", ["first_come", "by_score", "pro_rata"])
@pytest.mark.parametrize("enforce", ["commitment", "cash"])
def test_nor_does_it_where_the_money_is_short(frame, tmp_path, enforce, rule):
    tight = support.changed(tmp_path, support.money("5亿元", enforce=enforce, rule=rule, wait_years=1))
    ours, all_of_them = (run(packed(tight, frame, examine), 0, DRAWS) for examine in (False, True))
    assert_same(ours, all_of_them)
    assert ours.totals[:, :, layouts.TOTALS.index("lapsed")].sum() > 0


def test_nor_does_it_for_several_scenarios_at_once(baseline, frame):
    scenarios = [baseline, *(load_scenario(name) for name in ("stacking_full", "investment_slump", "rates_fall"))]
    drivers = draw_drivers(scenarios, DRAWS)
    ours, all_of_them = (run(pack(scenarios, frame, drivers, "district", examine=examine), 0, DRAWS) for examine in (False, True))
    assert_same(ours, all_of_them)
    assert len({round(ours.flows[variant].sum()) for variant in range(len(scenarios))}) == len(scenarios)


@kernel()
def _bound(inputs, variant, draw, found):
    """Fill found[batch, size class]."""
    for b in range(inputs.batches.size):
        for size_class in range(3):
            found[b, size_class] = largest_factor(inputs, inputs.batches[b], b, variant, draw, size_class)


def bounds(given_, draw, variant):
    """What `largest_factor` says of every batch and size class."""
    found = np.empty((len(given_.batches), layouts.N_CLASS))
    _bound(given_, variant, draw, found)
    return found


def factors(given_, draw):
    """Yield (batch, size class, investments and factors of its projects) as the kernel follows all of them."""
    assert given_.examine
    work, at_once = support.workspace(given_), LANES // 2 - 1
    for b, batch in enumerate(given_.batches):
        for segment in given_.segments[batch["first_segment"]:][: batch["n_segment"]]:
            for start in range(0, segment["size"], at_once):
                n = min(at_once, segment["size"] - start)
                world = only(given_, b, [(segment["first"] + start, n)])
                run(world, draw, draw + 1, work)
                yield b, segment["size_class"], work.life[INVESTMENT, :n].copy(), work.life[FACTOR, :n].copy()


def assert_bounded(given_, draw, variant=0):
    """No project is made likelier to go ahead than its bound; returns the least room that any leaves."""
    bound, least = bounds(given_, draw, variant), np.inf
    for b, size_class, investment, factor in factors(given_, draw):
        assert np.all(factor <= bound[b, size_class] * (1 + 1e-15))
        assert np.all(factor >= 1)
        assert np.all(investment > 0)
        least = min(least, (bound[b, size_class] / factor).min())
    return least


@pytest.mark.parametrize(("response", "exclusivity"), READINGS)
def test_the_largest_factor_bounds_that_of_every_project_of_the_baseline(frame, response, exclusivity):
    scenario = load_scenario("baseline", readings={"response": response, "exclusivity": exclusivity})
    least = assert_bounded(packed(scenario, frame, True, 2), 1)
    assert least == pytest.approx(1, abs=0.05)  # no looser than it must be
    assert (least == 1) == (response != "elasticity")


@pytest.mark.parametrize("name", ["stacking_full", "full_rate", "central_overlap"])
def test_and_under_other_scenarios(frame, name):
    assert_bounded(packed(load_scenario(name), frame, True, 1), 0)


GRANTS = ("investment", "equipment", "lease_equipment", "contract", "incremental_investment")


def a_rule(luck):
    """One instrument of any shape, rate, cap and condition."""
    rule = np.zeros(1, layouts.INSTRUMENT)
    shape = luck.choice([CAPPED_SHARE, INTEREST_SUBSIDY, TIERED_AWARD])
    rule["shape"], rule["term"], rule["rate"] = shape, luck.integers(1, 4), luck.uniform(0, 1)
    rule["base"] = BASE.index({INTEREST_SUBSIDY: "loan_interest", TIERED_AWARD: "tier"}.get(int(shape), str(luck.choice(GRANTS))))
    rule["payout"] = PAYOUT.index("in_arrears") if shape == INTEREST_SUBSIDY else luck.integers(1, len(PAYOUT))
    for flag in ("is_ceiling", "cap_per_year", "cap_per_contract", "combinable", "stackable", "threshold_inclusive"):
        rule[flag] = luck.integers(0, 2)
    rule["cap"], rule["threshold"] = luck.choice([0.1, 1.0, np.inf]), luck.choice([0.0, 0.0, 1.0, 3.0])
    rule["fixed_asset_share"], rule["quota"], rule["rate_driver"] = luck.choice([-1.0, 0.5]), luck.choice([np.inf, 5.0]), -1
    return rule[0]


@st.composite
def worlds(draw):
    """Sixty projects of any finance and size, any instruments and responses in one scenario or two: a function of `examine`."""
    n, n_draw, n_variant = 60, 3, draw(st.integers(1, 2))
    luck = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    instruments = np.array([[a_rule(luck) for _ in range(3)] for _ in range(n_variant)])
    sized, growth = draw(st.booleans()), luck.choice([0.0, 0.25, -0.5])
    tables = support.certain()
    size, loan = (tables.add(support.numbers({"lognormal": {"median": 1, "sigma": 1.5 + more}})) for more in (0.0, growth))
    rows = support.projects(
        n, instruments=draw(st.integers(1, 7)), filed=draw(st.integers(0, 1)), p0=luck.uniform(0, 1, n),
        investment=luck.uniform(0.5, 2, n), equipment=luck.uniform(0, 1, n), lease_equipment=luck.uniform(0, 1, n),
        contract=luck.uniform(0, 4, n), contracts=luck.integers(1, 4, n), fixed_asset_share=luck.uniform(0, 1, n),
        loan_principal=luck.uniform(0, 3, n), loan_term=luck.integers(1, 9, n), loan_grace=luck.integers(0, 3, n),
        loan_spread=luck.uniform(-0.03, 0.03, n), size_class=luck.integers(0, 3, n),
        approval=np.where(luck.uniform(0, 1, n) < luck.choice([0.0, 0.5]), luck.choice([0.3, 1.0], n), np.nan),  # some, or nobody
        size_table=size if sized else -1, loan_table=loan if sized else -1,
        loan_growth=np.exp(abs(growth) * LARGEST_SCORE) if sized else 1.0)
    drivers = support.drivers(n_draw, n_variant, elasticity=luck.uniform(0, 4), delay=luck.uniform(0, 3), **{
        name: luck.uniform(0, 1) for name in ("award_intensity", "approval_level", "filing_small", "filing_large", "additional_small")})
    drivers[..., -4:] = luck.uniform([0.3, 0, 0, 0], [1.5, 0.1, 0.1, 0.1], (n_variant, n_draw, 4))  # demand and LPR
    policies = support.policies(
        n_variant, exclusivity=draw(st.integers(0, 2)), response=draw(st.integers(0, 2)), log_discount=luck.uniform(0, 0.2),
        approval_lag=luck.uniform(0, 2), size_multiplier=luck.uniform(0, 2, 3), first_tranche=luck.choice([0.0, 0.5]),
        interest_net_of_central=luck.integers(0, 2), central_share=luck.uniform(0, 1), central_years=luck.integers(0, 4))
    given_ = {"tables": tables.stacked(), "drivers": drivers, "policies": policies,
              "tier_amounts": luck.uniform(0, 3, (n_variant, 3, layouts.N_TIER)),
              "central_points": luck.uniform(0, 0.05, (n_variant, 3))}
    return lambda examine: support.inputs(rows, instruments, examine=examine, **given_)


@settings(max_examples=400)
@given(world=worlds())
def test_the_largest_factor_bounds_that_of_any_project_under_any_rules(world):
    """That of the second scenario, if there are two: its life is what the kernel leaves behind."""
    given_ = world(True)
    assert_bounded(given_, 0, len(given_.policies) - 1)


@settings(max_examples=400)
@given(world=worlds())
def test_following_everybody_changes_nothing_under_any_rules(world):
    ours, all_of_them = (run(world(examine), 0, 3) for examine in (False, True))
    assert_same(ours, all_of_them)


# --- who exists -------------------------------------------------------------------------------------------------------


@kernel()
def _existing(inputs, draw, found):
    for s in range(inputs.segments.size):
        found[s] = existing_in(inputs, inputs.segments[s], draw)


@given(ranks=st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 12)), min_size=1, max_size=60),
       counts=st.lists(st.integers(0, 14), min_size=3, max_size=3))
def test_a_project_exists_when_its_rank_is_below_the_count_of_its_cell(ranks, counts):
    rows = support.projects(len(ranks), instruments=1, cell=[cell for cell, _ in ranks], rank=[rank for _, rank in ranks])
    made = support.inputs(rows, np.zeros((1, 1), layouts.INSTRUMENT), counts=np.array([counts], np.int32))
    found = np.empty(len(made.segments), np.int64)
    _existing(made, 0, found)
    for segment, number in zip(made.segments, found, strict=True):
        mine = made.rank[segment["first"]: segment["first"] + segment["size"]]
        exists = np.ones(len(mine), bool) if segment["cell"] < 0 else mine < counts[segment["cell"]]
        assert number == exists.sum()
        assert exists[:number].all()
    assert made.segments["size"].sum() == len(ranks)


def grants():
    """One instrument that pays a tenth of the investment."""
    made = np.zeros((1, 1), layouts.INSTRUMENT)
    made["shape"], made["base"], made["rate"], made["cap"] = CAPPED_SHARE, BASE.index("investment"), 0.1, np.inf
    made["rate_driver"], made["fixed_asset_share"], made["payout"], made["quota"] = -1, -1, PAYOUT.index("at_once"), np.inf
    return made


def test_a_draw_in_which_nobody_exists_gives_nothing():
    rows = support.projects(5, instruments=1, cell=0, rank=range(5))
    made = support.inputs(rows, grants(), counts=np.array([[0]], np.int32))
    assert not any(getattr(run(made), name).any() for name in layouts.Outputs._fields)


# --- where the lanes end ----------------------------------------------------------------------------------------------


SIZES = (0, 1, LANES // 2 - 1, LANES // 2, LANES // 2 + 1, LANES - 1, LANES, LANES + 1)


@pytest.fixture(scope="module", params=["potential", "filed", "waiting"])
def crowd(request, tmp_path_factory):
    """Inputs with more than 1000 projects of one batch, and what each of them gives when it is all there is."""
    filed = {} if request.param == "filed" else {"count_of": "potential_projects", "p0": {"value": "60%"}}
    one = support.stream(["upgrade_loan_interest", "upgrade_lease"], {"lognormal": {"median": "8000万元", "sigma": 1.2}}, 1100,
                         outcome="at_risk", **support.financed(both=60, loan=20, lease=20), **filed)
    del one["approval"]
    tight = support.money("9999亿元", enforce="cash") if request.param == "waiting" else {}
    scenario = support.tiny(tmp_path_factory.mktemp("crowd"), {"one": one}, tight, {"readings": {"exclusivity": "loan_and_lease"}})
    given_ = pack([scenario], draw_applications(scenario), draw_drivers(scenario, 1), "district")
    batch = int(np.argmax(given_.batches["filing_year"] == 2026))
    segments = given_.segments[given_.batches["first_segment"][batch]:][: given_.batches["n_segment"][batch]]
    first, n = int(segments["first"][0]), int(segments["size"].sum())
    assert n > 4 * (LANES + 1)
    work = support.workspace(given_)
    alone = [run(only(given_, batch, [(row, 1)]), work=work) for row in range(first, first + n)]
    return given_, batch, first, alone


@pytest.mark.parametrize("size", SIZES[1:])
def test_any_number_of_projects_gives_the_sum_of_what_each_gives_alone(crowd, size):
    given_, batch, first, alone = crowd
    together = run(only(given_, batch, [(first, size)]))
    assert_same(together, added(alone[:size]))
    assert size == 1 or together.flows.any()


@given(sizes=st.lists(st.sampled_from(SIZES), min_size=1, max_size=4))
def test_so_do_segments_of_any_size_one_after_the_other(crowd, sizes):
    given_, batch, first, alone = crowd
    ends = np.cumsum(sizes)
    together = run(only(given_, batch, [(first + end - size, size) for end, size in zip(ends, sizes, strict=True)]))
    assert_same(together, added(alone[: ends[-1]] or [support.outputs_of(given_)]))
