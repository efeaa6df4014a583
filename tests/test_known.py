"""A forecast that starts from a ledger: facts and obligations to the 分, and luck only where something is still open."""

from datetime import date

import numpy as np
import pytest

from simulator.conditioning import remaining_applications
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.errors import SimulatorError
from simulator.position import take_position
from simulator.reporting import report
from tests.ledgers import LOAN, ledger_of
from tests.support import changed

DRAWS = 256
LEASE = {"instruments": "技改融资租赁补贴", "filing_year": 2025, "investment": 20000, "lease_equipment": 8000}
UPGRADE = {"instruments": "技改贷款贴息", "filing_year": 2025, "investment": 5000, "loan_principal": 4000, **LOAN}
PRODUCT = {"instruments": "“三首”产品支持", "filing_year": 2025, "contract": 1000}
END = "2027-12-31"  # nobody files after this day


def forecast(scenarios, ledger, as_of, **how):
    """A run from a ledger, as the command makes it."""
    several = scenarios if isinstance(scenarios, list) else [scenarios]
    known = [take_position(each, ledger, date.fromisoformat(as_of)) for each in several]
    return simulate(scenarios, remaining_applications(known[0]), draw_drivers(scenarios, DRAWS), known=known, **how)


def realised(n=60, seed=1):
    """Projects that are paid in full, with amounts to the 分."""
    rng = np.random.default_rng(seed)
    kinds = (LEASE, UPGRADE, PRODUCT)
    return [kinds[i % 3] | {"status": "拨付", "approved_year": int(rng.integers(2025, 2028)), "paid": f"{rng.uniform(1, 900):.6f}",
                            "district": "嘉定区", "enterprise": f"企业{i}"} for i in range(n)]


def test_with_every_project_realised_the_forecast_is_the_ledger_to_the_fen_and_has_no_spread(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, *realised())
    outlay = forecast(baseline, ledger, END)["outlay"].sum(["year", "instrument"]).values
    assert np.ptp(outlay) == 0
    assert round(float(outlay[0]) * 100) == ledger.total("paid")
    assert outlay[0] == pytest.approx(ledger.total("paid") / 100, abs=0.004)


def test_year_by_year_a_realised_ledger_is_what_was_paid(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, *realised())
    position = take_position(baseline, ledger, date.fromisoformat(END))
    results = forecast(baseline, ledger, END)
    by_year = results["outlay"].isel(draw=0).sum("instrument")
    assert {int(y): round(float(v) * 100) for y, v in zip(by_year["year"], by_year, strict=True) if v} == position.by_year("paid")


def test_every_draw_holds_what_was_paid_and_what_is_owed(tmp_path, baseline):
    rows = [UPGRADE | {"status": "立项", "approved_year": 2025, "paid": 60}, LEASE | {"status": "验收", "approved_year": 2025, "paid": 200}]
    results = forecast(baseline, ledger_of(tmp_path, baseline, *rows), "2026-11-30")
    paid, owed = (results[f"outlay_{which}"].sum("instrument").to_series() for which in ("paid", "owed"))
    assert paid[paid > 0].to_dict() == {2025: 2_000_000.0, 2026: 600_000.0}
    assert owed[owed > 0].to_dict() == {2026: 2_000_000.0, 2027: 600_000.0, 2028: 600_000.0}
    certain = (results["outlay_paid"] + results["outlay_owed"])
    assert float((results["outlay"] - certain).min()) >= 0


def test_the_bands_narrow_as_the_day_moves_on(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, *(row | {"approved_year": 2024, "filing_year": 2024} for row in realised(9)))
    spreads = []
    for day in ("2024-12-31", "2025-12-31", "2026-12-31", END):
        total = forecast(baseline, ledger, day)["outlay"].sum(["year", "instrument"])
        spreads.append(float(total.quantile(0.95) - total.quantile(0.05)))
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] == 0.0 < spreads[2]


def test_a_filed_project_is_approved_after_the_day_of_the_ledger_and_pays_what_its_clause_gives(tmp_path):
    certain = changed(tmp_path, {"drivers": {"award_intensity": "100%", "approval_level": "100%"}, "correlations": []})
    ledger = ledger_of(tmp_path, certain, PRODUCT | {"status": "申报", "filed_on": "2025-02-01", "enterprise": "甲"})
    results = forecast(certain, ledger, END)
    outlay = results["outlay"].sel(instrument="first_of_kind").sum("year").values
    np.testing.assert_allclose(outlay, 3_000_000.0)
    assert float(results["outlay"].sel(year=slice(None, 2026)).sum()) == 0.0


def test_a_filed_upgrade_faces_approval_so_its_forecast_has_a_spread(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, UPGRADE | {"status": "申报", "loan_principal": 40000, "investment": 60000})
    total = forecast(baseline, ledger, END)["outlay"].sum(["year", "instrument"]).values
    assert (total == 0).any()  # not approved, or cancelled
    assert total.max() <= 18_000_000.01  # half of 3% of 4亿, three times


def test_slots_of_the_time_that_has_passed_are_gone(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, PRODUCT | {"status": "申报", "filing_year": 2026})
    position = take_position(baseline, ledger, date(2026, 9, 30))
    frame = remaining_applications(position)
    slots = frame.isel(application=frame["cell"].values != "")
    assert (slots["filing_year"] + slots["arrival"]).min() > position.moment
    assert frame.sizes["application"] == slots.sizes["application"] + 1


def test_contracts_of_one_product_are_one_pending_project(tmp_path, baseline):
    rows = [PRODUCT | {"product": "A", "contract": amount, "filing_year": 2026} for amount in (2000, 3000, 4000)]
    frame = remaining_applications(take_position(baseline, ledger_of(tmp_path, baseline, *rows), date(2026, 9, 30)))
    mine = frame.isel(application=frame["cell"].values == "")
    assert mine["contract"].values.tolist() == [90_000_000.0]
    assert mine["contracts"].values.tolist() == [3.0]


@pytest.mark.parametrize("status", ["申报", "拨付"])
def test_an_instrument_that_no_stream_files_for_is_refused_not_left_out(tmp_path, baseline, status):
    kinds = ("first_of_kind_equipment", "first_of_kind_software", "first_of_kind_material")
    streams = {key: {"files_for": ["software_rnd"]} for key in kinds}
    nobody = changed(tmp_path, {"streams": streams})
    row = PRODUCT | {"status": status} | ({"paid": 300} if status == "拨付" else {})
    with pytest.raises(SimulatorError, match="first_of_kind"):
        forecast(nobody, ledger_of(tmp_path, nobody, row), END)


def test_obligations_have_the_first_claim_on_an_enforced_appropriation(tmp_path):
    capped = changed(tmp_path, {"appropriation": {"industrial_development": {"amount": "1亿元", "enforce": "cash", "wait_years": 0}}})
    rows = [UPGRADE | {"loan_principal": 60_000, "investment": 80_000, "status": "立项", "approved_year": 2026, "filing_year": 2026,
                       "project": f"L{i}"}
            for i in range(8)]  # 3% of 6亿, half of it: 900万 a year; 7200万 are owed for 2027 before anything else
    free, bound = (forecast(capped, ledger_of(tmp_path, capped, *some), "2026-12-31") for some in (rows[:1], rows))
    fund = bound["outlay"].sel(year=2027,
                               instrument=[k for k in bound["instrument"].values if k != "energy_management_centre"]).sum("instrument")
    assert float(fund.max()) <= 1e8 + 1
    owed = [float(run["outlay_owed"].sel(year=2027).sum()) for run in (free, bound)]
    assert owed == [9_000_000.0, 72_000_000.0]
    new = [run["outlay"].sel(year=2027).sum("instrument") - owed_then for run, owed_then in zip((free, bound), owed, strict=True)]
    assert float(new[1].mean()) < float(new[0].mean())


def test_obligations_beyond_the_appropriation_are_an_overrun(tmp_path):
    tight = changed(tmp_path, {"appropriation": {"industrial_development": {"amount": "10万元", "enforce": "commitment"}}})
    ledger = ledger_of(tmp_path, tight, LEASE | {"status": "立项", "approved_year": 2027, "filing_year": 2027})
    overrun = forecast(tight, ledger, "2027-12-30")["overrun"].sel(year=2027, fund="industrial_development").values
    np.testing.assert_allclose(overrun, 2_000_000.0 - 100_000.0)


def test_commitment_is_what_was_paid_and_what_is_owed_of_a_ledger_alone(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, *realised(12),
                       LEASE | {"project": "X", "status": "立项", "approved_year": 2026, "filing_year": 2026})
    results = forecast(baseline, ledger, END)
    commitment = results["commitment"].sum(["year", "instrument"]).values
    settled = (results["outlay"].sum(["year", "instrument"]) + results["due"].sum("year") + results["cut"].sum("year")).values
    np.testing.assert_allclose(commitment, settled)
    assert round(commitment[0] * 100) == ledger.total("paid") + 400_000_000


@pytest.mark.parametrize(("response", "share"), [("none", 1.0), ("elasticity", None)])
def test_deadweight_of_known_outlay_is_what_the_reading_of_response_says(tmp_path, response, share):
    scenario = changed(tmp_path, {"readings": {"response": response}})
    results = forecast(scenario, ledger_of(tmp_path, scenario, *realised(12)), END)
    outlay, idle = (results[name].sum(["year", "instrument"]).values for name in ("outlay", "deadweight"))
    if share:
        np.testing.assert_allclose(idle, outlay)
    else:  # 1 - support, to the power of elasticity x size multiplier, between nothing and all
        assert (idle < outlay).all()
        assert (idle > 0.5 * outlay).all()
        assert np.ptp(idle) > 0


def test_known_investment_is_supported_once_and_induced_in_part(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, LEASE | {"status": "拨付", "approved_year": 2026, "filing_year": 2026, "paid": 400})
    results = forecast(baseline, ledger, END)
    supported = results["supported_investment"].sel(year=2026).sum("instrument").values
    np.testing.assert_allclose(supported, 2e8)
    induced = results["induced_investment"].sel(year=2026).sum("instrument").values
    support = 2_000_000 / 2e8 + 2_000_000 / 1.06 / 2e8  # half in the year of filing, half a year later, at 6%
    elasticity = draw_drivers(baseline, DRAWS)["elasticity"].values
    np.testing.assert_allclose(induced, 2e8 * (1 - (1 - support) ** elasticity), rtol=1e-9)


def test_a_district_with_two_enterprises_is_not_shown(tmp_path, baseline):
    rows = [row | {"district": "嘉定区" if i < 2 else "松江区"} for i, row in enumerate(realised(6))]
    results = forecast(baseline, ledger_of(tmp_path, baseline, *rows), END)
    assert results["group"].values.tolist() == ["其他", "松江区"]
    assert float(results["outlay_by_group"].sum()) == pytest.approx(float(results["outlay"].sum()))


def test_several_scenarios_start_from_the_same_ledger_each_by_its_own_clauses(tmp_path, baseline):
    doubled = changed(tmp_path, {"instruments": {"upgrade_lease": {"rate": "10%"}}}, name="doubled")
    ledger = ledger_of(tmp_path, baseline, LEASE | {"status": "立项", "approved_year": 2026, "filing_year": 2026, "paid": 100})
    total = forecast([baseline, doubled], ledger, END)["outlay"].sum(["year", "instrument"]).isel(draw=0)
    assert total.values.tolist() == [4_000_000.0, 8_000_000.0]


def test_the_report_says_of_each_year_what_is_paid_owed_and_forecast(tmp_path, baseline):
    rows = [UPGRADE | {"status": "立项", "approved_year": 2025, "paid": 60}]
    results = forecast(baseline, ledger_of(tmp_path, baseline, *rows), "2026-11-30")
    said = report(baseline, results)["known"]
    assert (said["as_of"], said["rows"], said["paid"], said["owed"]) == ("2026-11-30", 1, 600_000.0, 1_200_000.0)
    whole = report(baseline, results)["outlay_total"]["mean"]["value"]
    assert said["forecast"]["value"] + said["paid"] + said["owed"] == pytest.approx(whole)
    assert said["by_year"][2026]["paid"] == 600_000.0


def test_what_is_owed_after_the_horizon_is_said_beside_the_years(tmp_path, baseline):
    late = UPGRADE | {"status": "立项", "approved_year": 2027, "filing_year": 2027, "drawn_on": "2029-06-01"}
    ledger = ledger_of(tmp_path, baseline, late)
    results = forecast(baseline, ledger, END)
    known, position = report(baseline, results)["known"], take_position(baseline, ledger, date.fromisoformat(END))
    owed = position.by_year("owed")
    assert max(owed) == 2033
    assert known["owed_later"] == owed[2033] / 100
    assert round((known["owed"] + known["owed_later"]) * 100) == sum(owed.values())
    assert results["due"].sum("year").values.tolist() == [owed[2033] / 100] * DRAWS


def test_without_a_ledger_a_run_is_what_it_was(baseline, small_run):
    assert "outlay_paid" not in small_run
    assert report(baseline, small_run)["known"] is None
