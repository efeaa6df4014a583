"""Which rows count for which stream, and what numbers, statuses and amounts are taken to mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.applications import Table, applications_of
from simulator.errors import SimulatorError
from simulator.fitting import fit, rates
from simulator.fitting.attributes import beta_of, classes_of_all
from simulator.fitting.counts import Calendar, calendar_of, fit_count, table_of
from simulator.fitting.decisions import decisions_of
from simulator.ledger.columns import MISSING
from simulator.schema.distributions import Distribution, Share
from tests.fitting.ledgers import Truth, draw

UPGRADE = Truth(key="technical_upgrade", instrument="upgrade_loan_interest", threshold=2e7, yearly=500, median=2e7, sigma=1.1)


def rows(**columns):
    """A ledger of these columns."""
    return Table({name: np.array(values, object if isinstance(values[0], str) else None) for name, values in columns.items()})


def streams(baseline, **columns):
    groups, untold = applications_of(rows(**columns), baseline)
    return {group.key: group for group in groups}, untold


# --- who belongs where ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("instruments", "key"), [
    ("upgrade_lease", "technical_upgrade"),
    ("major_project", "technical_upgrade"),
    ("upgrade_loan_interest;upgrade_lease;major_project", "technical_upgrade"),
    ("catalogue_lease", "catalogue_purchase"),
    ("catalogue_breakthrough", "catalogue_breakthrough"),  # although products of the first kind may file for it too
    ("first_of_kind;catalogue_breakthrough", "first_of_kind_equipment"),
    ("energy_management_centre;upgrade_lease", "energy_management_centre"),  # no stream files for both: by the first
])
def test_a_row_belongs_to_the_stream_that_files_for_what_it_files_for(baseline, instruments, key):
    found, _ = streams(baseline, instruments=[instruments])
    assert list(found) == [key]


def test_smart_factories_go_by_their_tier(baseline):
    found, _ = streams(baseline, instruments=["smart_factory"] * 3, tier=["benchmark", "demonstration", ""])
    assert {key: group.rows.tolist() for key, group in found.items()} == {
        "smart_factory_demonstration": [1, 2], "smart_factory_benchmark": [0]}


def test_first_of_kind_products_go_by_their_title_then_their_sector(baseline):
    found, untold = streams(baseline, instruments=["first_of_kind"] * 5, sector=["软件业", "装备", "装备", "新材料", ""],
                            title=["", "某首版次软件", "某首台套设备控制软件", "", "不明"])
    assert {key: group.rows.tolist() for key, group in found.items()} == {
        "first_of_kind_equipment": [2, 4], "first_of_kind_software": [0, 1], "first_of_kind_material": [3]}
    assert untold == []


def test_kinds_that_are_nowhere_told_apart_count_once(baseline):
    """All are equipment then; the other two must not be added from the base on top."""
    found, untold = streams(baseline, instruments=["first_of_kind"] * 3, title=["甲", "乙", "丙"])
    assert list(found) == ["first_of_kind_equipment"]
    assert untold == ["first_of_kind_software", "first_of_kind_material"]


def test_contracts_of_one_product_are_one_application(baseline):
    found, _ = streams(baseline, instruments=["first_of_kind"] * 4, contract=[100, 200, 400, 800], product=["A", "B", "A", ""])
    group = found["first_of_kind_equipment"]
    assert group.sizes.tolist() == [5.0, 2.0, 8.0]
    assert group.contracts.tolist() == [2, 1, 1]


def test_planned_rows_have_not_filed(baseline):
    found, _ = streams(baseline, instruments=["upgrade_lease"] * 2, status=["planned", "filed"])
    assert found["technical_upgrade"].rows.tolist() == [1]
    with pytest.raises(SimulatorError, match="没有可用于估计的申报"):
        fit(replace_columns(draw(np.random.default_rng(0), Truth()), status="planned"), baseline)


def replace_columns(ledger, **values):
    for name, value in values.items():
        ledger.columns[name] = np.full(ledger.n, value, ledger.columns[name].dtype)
    return ledger


def test_the_size_is_what_the_clause_looks_at(baseline):
    found, _ = streams(baseline, instruments=["software_rnd", "software_purchase", "material_certification", "energy_management_centre"],
                       incremental_investment=[100, MISSING, MISSING, MISSING], software_sales=[MISSING, 200, MISSING, MISSING],
                       certification_contract=[MISSING, MISSING, 300, MISSING], investment=[900, 900, 900, MISSING],
                       approved_investment=[MISSING, MISSING, MISSING, 400])
    assert [group.sizes.tolist() for group in found.values()] == [[4.0], [1.0], [2.0], [3.0]]


# --- numbers and months -----------------------------------------------------------------------------------------------


def test_a_part_of_a_year_counts_by_its_months(baseline):
    found = fit(draw(np.random.default_rng(1), Truth(yearly=600)), baseline).of("energy_management_centre", "count")
    assert found.value == pytest.approx(600, rel=0.06)  # 30 months, whose last is November


def test_a_first_year_with_a_whole_years_applications_is_told_from_one_with_its_months_only():
    """A simulation brings a whole year's applications from June 2024 on; a constant stream seven twelfths of them."""
    calendar = calendar_of(np.array([2024 * 12 + 5, 2026 * 12 + 11]), np.array([2024, 2026]), 2024, 0.42)
    assert calendar.covered.sum(1).tolist() == [7, 12, 12]
    even = np.where(calendar.covered, 20.0, 0.0)
    whole = even.copy()
    whole[0, 5:] = 240 / 7
    assert not calendar.settled(even).first_is_whole
    settled = calendar.settled(whole)
    assert settled.first_is_whole
    months = np.concatenate([np.repeat((2024 + y) * 12 + m, round(whole[y, m])) for y in range(3) for m in range(12)])
    found = fit_count(months, months // 12, settled, None, None)
    assert found.yearly.value == pytest.approx(240, rel=0.01)
    assert table_of(months, settled).sum() == len(months)


def years_of(*numbers):
    calendar = Calendar(np.arange(2021, 2021 + len(numbers)), np.ones((len(numbers), 12), bool), 0, 2024)
    years = np.repeat(calendar.years, numbers)
    return fit_count(np.full(len(years), -1), years, calendar, None, base_dispersion=40.0)


def test_years_that_differ_more_than_chance_get_a_negative_binomial():
    found = years_of(60, 150, 90, 200)
    assert found.dispersion == pytest.approx(125**2 / (np.var([60, 150, 90, 200], ddof=1) - 125))
    assert found.yearly.error > 3 * np.sqrt(500) / 4  # by the years, of which there are only four
    assert years_of(100, 104, 97, 95).dispersion is None


def test_two_years_cannot_tell_and_keep_the_dispersion_of_the_base():
    found = years_of(60, 150)
    assert found.dispersion == 40.0
    assert found.uneven is None
    assert found.yearly.error == pytest.approx(np.hypot(rates.count(210) / 2, 105 / np.sqrt(80)))


def test_months_that_would_leave_the_first_year_empty_are_not_stated(baseline):
    """All file from January to May, and the programme starts in June: a population could not say so."""
    early = Truth(yearly=60, months=(1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
    fitted = fit(draw(np.random.default_rng(1), early, replace(early, key="scenario_demonstration", instrument="scenario_demonstration",
                                                               months=(1,) * 12), window=(2025 * 12, 2026 * 12 + 11)), baseline)
    assert ("streams", "energy_management_centre", "filing_months") not in fitted.statements
    assert any(left.what == "filing_months" and "首年" in left.why for left in fitted.left)


def test_without_dates_every_year_is_whole(baseline):
    fitted = fit(draw(np.random.default_rng(1), Truth(yearly=100), window=(2024 * 12, 2026 * 12 + 11), dated=False), baseline)
    assert fitted.of("energy_management_centre", "filing_months", "01") is None
    assert fitted.of("energy_management_centre", "count").value == pytest.approx(100, rel=0.15)
    assert any("没有申报日期" in note for note in fitted.notes)


# --- statuses ---------------------------------------------------------------------------------------------------------


def decided(status, years, approved_in):
    return decisions_of(rows(status=status, filing_year=years, approved_year=approved_in))


def test_terminated_before_approval_is_refused_and_after_it_cancelled():
    status = ["approved"] * 12 + ["terminated"] * 10 + ["terminated"] * 3 + ["filed"] * 5
    approved_in = [2025] * 12 + [MISSING] * 10 + [2025] * 3 + [MISSING] * 5
    found = decided(status, [2025] * 30, approved_in)
    everything = np.arange(30)
    assert found.by_status
    assert found.approval(everything).value == 15 / 25  # the five still filed are undecided
    assert found.cancelled.sum() == 3


def test_where_no_status_says_refused_the_years_past_any_approval_do():
    """Approved within the year or the next: 2024 is decided by 2026, and what still stands as filed was refused."""
    years = [2024] * 30 + [2025] * 10 + [2026] * 10
    status = ["approved"] * 20 + ["filed"] * 10 + ["approved"] * 9 + ["filed"] + ["filed"] * 10
    approved_in = [2024] * 15 + [2025] * 5 + [MISSING] * 10 + [2026] * 9 + [MISSING] * 11
    found = decided(status, years, approved_in)
    assert found.closed_years == (2024,)
    assert found.approval(np.arange(50)).value == pytest.approx(20 / 30)


def test_completion_is_taken_from_years_that_are_nearly_over_where_they_are_enough():
    """Of 2024's approvals 27 of 30 have been completed; of 2026's only the cancelled ones have ended so far."""
    status = ["paid"] * 27 + ["terminated"] * 3 + ["approved"] * 20 + ["terminated"] * 5
    found = decided(status, [2024] * 30 + [2026] * 25, [2024] * 30 + [2026] * 25)
    assert found.completion(np.arange(55)).value == 0.9


def test_no_refusal_in_the_ledger_leaves_approval_at_the_base(baseline):
    fitted = fit(replace_columns(draw(np.random.default_rng(0), Truth()), status="approved"), baseline)
    assert fitted.of("energy_management_centre", "approval") is None
    assert ("streams", "energy_management_centre", "approval") not in fitted.statements
    assert any(left.what == "approval" and "未通过" in left.why for left in fitted.left)


# --- shares -----------------------------------------------------------------------------------------------------------


def test_classes_are_those_of_all_projects_where_the_small_ones_cannot_file(baseline):
    """Drawn by the copula of the model: among those above the threshold, classes are as stated; behind it they differ."""
    rng = np.random.default_rng(2)
    size, other = rng.standard_normal((2, 400_000))
    latent = 0.4 * size + np.sqrt(1 - 0.16) * other
    names = np.array(["small", "medium", "large"])[np.searchsorted([0.2, 1.0], latent)]
    above = size > 0.3
    among = {name: float((names[above] == name).mean()) for name in ("small", "medium", "large")}
    found = classes_of_all(among, 0.4, float(above.mean()))
    assert found == pytest.approx({name: float((names == name).mean()) for name in found}, abs=0.004)
    assert found["small"] > among["small"]
    assert classes_of_all(among, 0.0, 0.4) == among


@pytest.mark.parametrize("values", [np.random.default_rng(0).beta(2, 5, 500), np.full(40, 0.3), np.repeat([0.0, 1.0], [30, 10])])
def test_shares_are_stated_with_their_mean_and_spread(values):
    stated = Distribution[Share].model_validate(beta_of(values))
    drawn = stated.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert drawn.mean() == pytest.approx(values.mean(), abs=2e-3)
    assert drawn.std() == pytest.approx(values.std(ddof=1) if values.std() else 0, abs=6e-3)


@pytest.mark.parametrize(("part", "whole"), [(0, 30), (30, 30), (1, 100), (60, 120)])
def test_the_error_of_a_share_reaches_the_ends_of_wilsons_interval(part, whole):
    found = rates.share(part, whole)
    assert found.value == part / whole
    assert found.error > 0
    assert found.error >= np.sqrt(found.value * (1 - found.value) / whole)


def test_a_column_that_is_missing_leaves_the_base_as_it_is(baseline):
    ledger = draw(np.random.default_rng(0), UPGRADE)
    for name in ("equipment", "loan_principal", "loan_rate", "loan_years", "sector", "size", "status"):
        del ledger.columns[name]
    fitted = fit(ledger, baseline)
    stated = {path[-1] for path in fitted.statements if path[1:2] == ("technical_upgrade",)}
    assert stated == {"renewal_share", "size", "count", "count_of", "p0"}
    assert {path for path in fitted.statements if path[0] != "streams"} == {("districts",)}


def test_a_handful_of_rows_gives_numbers_and_nothing_else(baseline):
    ledger = draw(np.random.default_rng(0), replace(UPGRADE, yearly=8))
    assert ledger.n < 20
    fitted = fit(ledger, baseline)
    assert {each.name for each in fitted.parameters} == {"count"}
    assert {left.what for left in fitted.left} >= {"size", "size_class", "finance", "sectors", "districts", "filing_months", "approval"}


def test_rows_below_the_threshold_are_said_and_left_out(baseline):
    ledger = draw(np.random.default_rng(0), UPGRADE)
    ledger.columns["investment"][:7] = 100_000_00
    fitted = fit(ledger, baseline)
    assert any("7 项低于 2,000万元 门槛" in note for note in fitted.notes)
    for name in ("median", "count"):
        assert fitted.of("technical_upgrade", name).n == ledger.n - 7


def test_partial_ones_are_as_many_as_make_a_simulation_accept_as_much_as_the_ledger(baseline):
    """2,000 projects as the model builds and accepts them, 30% of them partial."""
    model, n = baseline.model, 2000
    rng = np.random.default_rng(8)
    centre = model.population.streams["energy_management_centre"]
    partial = rng.random(n) < 0.3
    built = (centre.overrun.value.ppf(rng.random(n)) * model.drivers.cost_index.value.ppf(rng.random(n))
             * (1 - model.behaviour.acceptance_cut.value.ppf(rng.random(n))) * np.where(partial, rng.uniform(0.7, 0.95, n), 1.0))
    ledger = draw(rng, Truth(yearly=n, completion=1.0), window=(2025 * 12, 2025 * 12 + 11))
    ledger = replace_columns(ledger, status="paid", approved_year=2025)
    ledger.columns["accepted_investment"] = np.rint(ledger.columns["investment"] * np.resize(built, ledger.n)).astype(np.int64)
    found = fit(ledger, baseline).of("", "partial")
    assert abs(found.value - 0.3) <= 2 * found.error < 0.1
