"""An explanation is what the engine computed in a draw, and what the clauses pay to the 分 in the nominal case."""

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

from kernels.layouts import LIFE, LUCK
from simulator import explanation
from simulator.cli.trail_text import DECISIONS
from simulator.errors import SimulatorError
from simulator.explanation import explain
from simulator.scenario import load_scenario
from tests import support
from tests.oracle.clauses import ALTERNATIVES, DEFAULT_READINGS, entitlements, package

DRAWS = (0, 5, 63)
PER_STREAM = 3


@pytest.fixture(scope="module", autouse=True)
def drawn_once():
    """Drivers and packed inputs of a draw are the same for every project: they are kept between explanations."""
    drawn, packed, kept = explanation.draw_drivers, explanation.pack, {}

    def draw(scenario, n):
        key = (id(scenario), n)
        if key not in kept:
            kept[key] = scenario, drawn(scenario, n)  # the scenario stays alive, and its id its own
        return kept[key][1]

    def pack(scenarios, frame, drivers, by):
        key = (id(drivers), id(frame))
        if key not in kept:
            kept[key] = frame, packed(scenarios, frame, drivers, by)
        return kept[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanation, "draw_drivers", draw)
        patch.setattr(explanation, "pack", pack)
        yield


@pytest.fixture(scope="module")
def sixty_four():
    return load_scenario("baseline", draws=64)


@pytest.fixture(scope="module")
def small_64(sixty_four, frame):
    return support.run(sixty_four, 64, frame)


@pytest.fixture(scope="module")
def explained(sixty_four, frame):
    """(stream, explanation) for the first ranks of every stream, which exist in nearly every draw: 42 projects, 3 draws."""
    chosen = [str(i) for key in sixty_four.model.population.streams
              for i in frame["application"].values[(frame["stream"].values == key) & (frame["rank"].values < 3)][:: 4][:PER_STREAM]]
    return [explain(sixty_four, name, draw, applications=frame) for name in chosen for draw in DRAWS]


def committed(found):
    """Committed amounts of the engine by instrument."""
    by_instrument = Counter()
    for payment in found.payments:
        by_instrument[payment.instrument] += float(payment.committed)
    return by_instrument


def assert_rebuilt(found):
    """The formulas on Decimals give what the engine committed, to 1e-9, instrument by instrument."""
    rebuilt = {each.instrument: float(each.total) for each in found.entitlements if each.instrument in found.package}
    assert committed(found) == pytest.approx(rebuilt, rel=1e-9)


def test_every_stream_is_explained_in_many_draws(explained, sixty_four):
    assert {found.attributes["stream"] for found in explained} == set(sixty_four.model.population.streams)
    assert len({found.application for found in explained}) >= 40
    statuses = Counter(found.status for found in explained)
    assert statuses["funded"] > 30, statuses


def test_formulas_on_decimals_rebuild_what_the_engine_committed(explained):
    for found in explained:
        if found.status == "funded":
            assert_rebuilt(found)


def test_each_loan_year_is_the_engine_s_in_the_year_after_it_accrues(explained):
    loans = [(found, each) for found in explained if found.status == "funded" for each in found.entitlements
             if each.instrument in found.package and each.instrument.endswith("loan_interest")]
    assert len(loans) > 3
    for found, each in loans:
        first = found.decisions["approval_year"] + found.decisions["first_year"] + 1
        rebuilt = {first + k: float(amount) for k, amount in enumerate(each.amounts) if amount}
        engine = {p.year: float(p.committed) for p in found.payments if p.instrument == each.instrument}
        assert engine == pytest.approx(rebuilt, rel=1e-9)


def test_nothing_is_paid_beyond_what_was_committed_and_only_to_the_funded(explained):
    for found in explained:
        assert all(0 <= payment.paid <= payment.committed * Decimal("1.000000001") for payment in found.payments)
        assert bool(found.payments) == (found.status == "funded")
        assert {payment.instrument for payment in found.payments} <= found.package


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """Twenty firms whose size, approval and outcome are luck, filing for all three instruments of clause 7."""
    many = support.stream(
        ["upgrade_loan_interest", "upgrade_lease", "major_project"], {"lognormal": {"median": "1亿元", "sigma": 1.5}}, 12,
        finance={"value": {"loan": "40%", "lease": "20%", "loan_and_lease": "30%", "own": "10%"}}, approval=None,
        loan_to_investment={"value": "60%"}, loan_term={"value": 5}, loan_spread={"value": "10bp"},
        lease_to_equipment={"value": "50%"}, count_of="potential_projects", outcome="at_risk", p0={"value": "80%"},
        fixed_asset_share={"value": "80%"})
    del many["approval"]
    made = support.stream("first_of_kind", {"lognormal": {"median": "3000万元", "sigma": 1}}, 5, contracts={"value": 2})
    return support.tiny(tmp_path_factory.mktemp("lively"), {"many": many, "made": made}, {"draws": 16})


@pytest.mark.parametrize("exclusivity", ["one_per_project", "stack"])
def test_the_payments_of_all_projects_of_a_small_world_are_its_outlay(lively, tmp_path, exclusivity):
    file = tmp_path / "again.yaml"
    file.write_text(lively.text, "utf-8")
    scenario = load_scenario(file, readings={"exclusivity": exclusivity})
    frame = support.draw_applications(scenario)
    results = support.run(scenario, 16, frame).sel(draw=[0, 7])
    outlay, commitment, supported, induced = np.zeros((2, 9)), np.zeros(2), np.zeros(2), np.zeros(2)
    seen, applications = Counter(), 0
    for name in frame["application"].values:
        for i, draw in enumerate((0, 7)):
            found = explain(scenario, str(name), draw, applications=frame)
            seen[found.status] += 1
            for payment in found.payments:
                commitment[i] += float(payment.committed)
                if payment.year <= 2032:
                    outlay[i, payment.year - 2024] += float(payment.paid)
            if found.status == "funded":
                assert_rebuilt(found)
                supported[i] += found.decisions["realised_investment"]
            if found.decisions.get("applied"):
                applications += len(found.package)
                induced[i] += 0 if found.decisions["anyway"] else found.decisions["realised_investment"]
    assert outlay == pytest.approx(results["outlay"].sum("instrument").values, rel=1e-12)
    assert commitment == pytest.approx(results["commitment"].sum(["year", "instrument"]).values, rel=1e-12)
    assert supported == pytest.approx(results["supported_investment"].sum(["year", "instrument"]).values, rel=1e-12)
    assert induced == pytest.approx(results["induced_investment"].sum(["year", "instrument"]).values, rel=1e-12)
    assert applications == results["applications"].sum()
    assert seen["funded"] == results["awards"].sum() > 30
    assert {"not invested", "not filed", "rejected", "nothing"} <= set(seen), seen


@pytest.fixture(scope="module")
def lived(explained):
    return [found for found in explained if found.status != "absent"]


def test_decisions_are_the_kernel_s_luck_and_life_by_name_and_end_where_the_project_s_way_ends(lived):
    luck_and_life = {*LUCK, *LIFE, "first_year"}
    assert set(DECISIONS) < luck_and_life
    early = {name for found in lived for name in found.decisions if not found.decisions["applied"]}
    for found in lived:
        if found.decisions["applied"]:
            assert set(found.decisions) == luck_and_life
            assert {name: type(found.decisions[name]) for name in ("anyway", "approved")} == {"anyway": bool, "approved": bool}
    assert early
    assert not early & {"approved", "realised", "late", "accepted", "saving", "outcome", "clawback"}


def test_decisions_lead_to_one_another_as_the_model_says(lived):
    for found in lived:
        seen = found.decisions
        assert seen["investment"] == pytest.approx(found.attributes["investment"] * seen["scale"], rel=1e-12)
        assert seen["support"] == pytest.approx(seen["level"] * seen["value"] / seen["investment"], rel=1e-12)
        assert seen["anyway"] == (seen["participation"] < seen["without"])
        assert seen["end_year"] >= seen["approval_year"] == int(np.floor(seen["approval_moment"])) - seen["first_year"]
        if seen["applied"]:
            assert seen["realised_investment"] == pytest.approx(seen["investment"] * seen["realised"], rel=1e-12)
            assert seen["renewal"] == pytest.approx(seen["equipment"] * found.attributes["renewal_share"], rel=1e-12)
            assert 0 <= seen["accepted"] <= 1
            assert (found.status in ("funded", "lapsed", "waiting")) == seen["approved"]


def test_a_project_beyond_the_draw_s_number_is_absent(sixty_four, frame, small_64):
    counts = support.draw_drivers(sixty_four)["count"].sel(cell="software_rnd.2026").values
    draw = int(counts.argmin())
    last_in, first_out = (explain(sixty_four, f"software_rnd.2026-{rank:04d}", draw, applications=frame)
                          for rank in (counts[draw] - 1, counts[draw]))
    assert last_in.status != "absent"
    assert (first_out.status, first_out.case, first_out.payments, first_out.decisions) == ("absent", None, (), {})


def test_a_project_that_no_clause_pays_gets_nothing(tmp_path):
    small = support.tiny(tmp_path, {"few": support.stream("upgrade_lease", "100万元", 2)}, support.CERTAIN)
    found = explain(small, "few.2026-0000", 0)
    assert (found.status, found.package, found.payments) == ("nothing", frozenset(), ())
    assert [each.binding for each in found.entitlements] == ["threshold"]


def behave(filing="100%", p0="100%", approval="100%"):
    sure = dict.fromkeys(("small", "medium", "large"), filing)
    return (support.stream("energy_management_centre", "1000万元", 2, count_of="potential_projects",
                           p0={"value": p0}, approval={"value": approval}),
            support.CERTAIN, {"drivers": {"filing": sure}, "readings": {"response": "none"}})


@pytest.mark.parametrize(("behaviour", "status"), [
    ({}, "funded"), ({"p0": "0%"}, "not invested"), ({"filing": "0%"}, "not filed"), ({"approval": "0%"}, "rejected")])
def test_where_a_project_s_way_ends_is_said(tmp_path, behaviour, status):
    stream, *changes = behave(**behaviour)
    small = support.tiny(tmp_path, {"few": stream}, *changes)
    found = [explain(small, f"few.{year}-0001", draw) for year in (2024, 2027) for draw in (0, 3)]
    assert {each.status for each in found} == {status}
    if status == "funded":
        assert [sum(p.paid for p in each.payments) for each in found] == [Decimal(2_000_000)] * 4


@pytest.mark.parametrize(("fund", "horizon", "status"), [
    ({"amount": "0元", "enforce": "commitment", "wait_years": 1}, 2032, "lapsed"),
    ({"amount": "0元", "enforce": "commitment", "wait_years": 8}, 2028, "waiting"),
    ({"amount": "0元", "enforce": "cash", "wait_years": 0}, 2032, "lapsed"),
    ({"amount": "0元", "enforce": "commitment", "rule": "pro_rata"}, 2032, "lapsed"),
    ({"amount": "0元", "enforce": "none"}, 2032, "funded"),
])
def test_what_the_appropriation_leaves_out_waits_or_lapses(tmp_path, fund, horizon, status):
    whole = {"rule": "by_score", "wait_years": 2} | fund
    small = support.tiny(tmp_path, {"few": support.stream("energy_management_centre", "1000万元", 2)}, support.CERTAIN,
                         {"appropriation": {"energy_conservation": whole}, "years": {"filing": [2024, 2027], "horizon": horizon}})
    found = explain(small, "few.2026-0000", 0)
    assert found.status == status
    assert bool(found.payments) == (status == "funded")
    assert found.package == {"energy_management_centre"}


def test_a_project_funded_in_part_shows_what_it_gets_of_its_entitlement(tmp_path):
    small = support.tiny(tmp_path, {"few": support.stream("energy_management_centre", "1000万元", 2)}, support.CERTAIN,
                         {"appropriation": {"energy_conservation": {"amount": "100万元", "enforce": "commitment", "rule": "pro_rata"}}})
    found = explain(small, "few.2026-0000", 0)
    assert found.status == "funded"
    assert sum(payment.paid for payment in found.payments) == Decimal(500_000)


def as_oracle_project(found):
    case, loan = found.case, found.case.loan
    return {
        "instruments": tuple(found.attributes["instruments"].split(";")), "investment": case.investment,
        "equipment": case.equipment, "fixed_asset_share": case.fixed_asset_share, "lease_equipment": case.lease_equipment,
        "contracts": case.contracts, "phi": case.award_intensity, "user_rate": Decimal("0.1"), "tier_amount": Decimal(0),
        "loan_principal": loan.principal if loan else Decimal(0), "loan_rates": loan.rates if loan else (Decimal(0),) * 3,
        "loan_term": loan.term if loan else 3, "loan_grace": loan.grace if loan else 1, "repayment": "equal_principal",
        "central_points": loan.central_points if loan else Decimal(0), "central_years": loan.central_years if loan else 0}


@pytest.mark.parametrize("readings", [{}, {"exclusivity": "stack", "interest_base": "contract", "first_of_kind_scope": "contract"}])
@pytest.mark.parametrize("size", [0.5, 20.0])
def test_the_nominal_case_is_the_oracle_s_to_the_fen(frame, size, readings):
    scenario = load_scenario("baseline", readings=readings or None)
    read = DEFAULT_READINGS | {name: value for name, value in readings.items() if name in ALTERNATIVES}
    assumed = {key for key, rule in scenario.model.policy.instruments.items() if not rule.priced}
    paid = 0
    for key in scenario.model.population.streams:
        for name in frame["application"].values[frame["stream"].values == key][:200:67]:
            found = explain(scenario, str(name), size=size, applications=frame)
            assert all(amount == amount.quantize(Decimal("0.01")) for e in found.entitlements for amount in e.amounts)
            if assumed & set(found.attributes["instruments"].split(";")):
                continue
            exact = entitlements(as_oracle_project(found), read)
            assert {e.instrument: e.total for e in found.entitlements} == {k: sum(v) for k, v in exact.items()}
            assert found.package == package(exact, read)
            total = sum((sum(exact[k]) for k in found.package), Decimal(0))
            assert sum((p.paid for p in found.payments), Decimal(0)) == total
            assert found.status == ("nominal" if total else "nothing")
            paid += total > 0
    assert paid > 15


def test_nominal_payments_follow_the_schedules_of_the_clauses(tmp_path):
    grant = support.stream("software_rnd", "1000万元", 1, outcome="at_risk")
    small = support.tiny(tmp_path, {"grant": grant}, {"behaviour": {"build_time": {"value": "24个月"}}})
    found = explain(small, "grant.2025-0000")
    assert [(p.year - found.decisions["approval_year"], p.paid) for p in found.payments] == [
        (0, Decimal("1500000.00")), (2, Decimal("1500000.00"))]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("wrong", ["technical_upgrade.2025.large-009", "technical_upgrade.2025.lrge-0009",
                                   "tecnical_upgrade.2025.large-0009", "technical_upgrade.2025.large-9999"])
def test_a_wrong_id_names_a_near_one_of_the_same_cell(sixty_four, frame, monkeypatch, wrong, language):
    monkeypatch.setattr("simulator.language._current", language)
    with pytest.raises(SimulatorError) as caught:
        explain(sixty_four, wrong, applications=frame)
    assert wrong in str(caught.value)
    assert "technical_upgrade.2025.large-" in str(caught.value).replace(wrong, "")


def test_an_id_like_no_other_gets_no_suggestion(sixty_four, frame):
    with pytest.raises(SimulatorError) as caught:
        explain(sixty_four, "甲公司", applications=frame)
    assert "甲公司" in str(caught.value)


@pytest.mark.parametrize("draw", [-1, 64, 10**9])
def test_a_draw_that_the_scenario_does_not_have_is_refused(sixty_four, frame, draw):
    with pytest.raises(SimulatorError, match=r"63.*" + str(draw)):
        explain(sixty_four, "software_rnd.2026-0000", draw, applications=frame)


def test_a_scenario_s_own_frame_and_a_given_one_explain_alike(sixty_four, frame):
    name = "first_of_kind_equipment.2025-0001"
    assert explain(sixty_four, name, 2) == explain(sixty_four, name, 2, applications=frame)
