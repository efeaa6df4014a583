"""Every reading of every ambiguous clause is priced under the same draws, and the dear ones cost what they must."""

from itertools import pairwise

import pytest

from simulator.readings import MEASURES, price_readings
from simulator.scenario import load_scenario
from tests import support

SWITCHES_OF_MONEY = {  # choices that pay no project less, in any draw, than the first of them
    "cap_period_17": ("lifetime", "year"), "interest_base": ("net_of_central", "contract"),
    "first_of_kind_scope": ("product", "contract"), "major_threshold": ("10亿", "5亿", "2亿"),
    "threshold_inclusive": ("strict", "inclusive"), "energy_centre_base": ("equipment", "investment"),
    "exclusivity": ("one_per_project", "loan_and_lease", "stack"),
}
ENERGY_ONLY = ("energy_accounting", "energy_base", "coal_factor")


@pytest.fixture(scope="module")
def priced():
    return {each["reading"]: each for each in price_readings("baseline", draws=64)}


def test_every_choice_of_every_reading_of_the_rule_book_is_priced(priced, baseline):
    readings = baseline.model.policy.readings
    assert {key: list(each["choices"]) for key, each in priced.items()} == {
        key: list(reading.choices) for key, reading in readings.items()}
    assert list(priced) == list(readings)
    assert len(readings) == 12
    for key, each in priced.items():
        assert each["question"] == readings[key].question.model_dump()
        assert each["clause"] == readings[key].clause
        for choice, figures in each["choices"].items():
            assert figures["title"] == readings[key].choices[choice].title.model_dump()
            for name in (*MEASURES, "energy_target"):
                assert figures[name]["value"] is not None
                assert figures[name]["error"] >= 0


def test_the_rule_book_and_the_model_offer_the_same_choices_with_the_same_default(baseline):
    fields = type(baseline.model.readings).model_fields
    assert {key: (set(field.annotation.__args__), field.default) for key, field in fields.items()} == {
        key: (set(reading.choices), reading.default) for key, reading in baseline.model.policy.readings.items()}


def test_the_chosen_reading_differs_from_itself_by_exactly_nothing(priced):
    for each in priced.values():
        for name in (*MEASURES, "energy_target"):
            assert each["choices"][each["chosen"]][name] == {"value": 0.0, "error": 0.0}, (each["reading"], name)


def test_a_reading_of_energy_moves_no_money(priced):
    for key in ENERGY_ONLY:
        for choice, figures in priced[key]["choices"].items():
            assert figures["outlay"] == {"value": 0.0, "error": 0.0}, (key, choice)
            assert (figures["energy_saving"]["value"] != 0) == (choice != priced[key]["chosen"])


def small_file(folder, **statements):
    """A scenario file of a small world in which clause 7 pays loans and leases."""
    financed = {"finance": {"value": {"loan": "20%", "lease": "20%", "loan_and_lease": "60%", "own": "0%"}},
                "loan_to_investment": {"value": "50%"}, "loan_term": {"value": 5}, "loan_spread": {"value": "0%"},
                "lease_to_equipment": {"value": "50%"}}
    size = {"lognormal": {"median": "1亿元", "sigma": 1}}
    support.tiny(folder, {"many": support.stream(["upgrade_loan_interest", "upgrade_lease"], size, 20, **financed)}, statements)
    return folder / "tiny.yaml"


def test_another_chosen_reading_is_what_the_others_are_compared_with(tmp_path):
    file = small_file(tmp_path, readings={"exclusivity": "stack"})
    stacked = {each["reading"]: each for each in price_readings(file, draws=16)}["exclusivity"]
    assert stacked["chosen"] == "stack"
    outlay = {choice: figures["outlay"]["value"] for choice, figures in stacked["choices"].items()}
    assert outlay["stack"] == outlay["loan_and_lease"] == 0.0  # of these two clauses there is nothing more to stack
    assert outlay["one_per_project"] < 0


def test_a_seed_of_one_s_own_is_used(tmp_path):
    file = small_file(tmp_path)
    one, again, other = (price_readings(file, draws=16, seed=seed)[0]["choices"]["stack"]["outlay"] for seed in (5, 5, 6))
    assert one == again != other


@pytest.fixture(scope="module")
def runs(frame):
    """Entitlement and outlay by draw under every choice that moves money, with nobody responding: all meet the same projects."""
    choices = {(key, choice) for key, chain in SWITCHES_OF_MONEY.items() for choice in chain}
    scenarios = [load_scenario("baseline", draws=64, readings={"response": "none", key: choice}).renamed(f"{key}.{choice}")
                 for key, choice in sorted(choices)]
    return support.run(scenarios, 64, frame)


@pytest.mark.parametrize("key", SWITCHES_OF_MONEY)
def test_the_dearer_reading_never_entitles_to_less_in_any_draw(runs, key):
    entitled = runs["entitlement"].sum(["year", "instrument"])
    chain = [entitled.sel(scenario=f"{key}.{choice}").values for choice in SWITCHES_OF_MONEY[key]]
    for less, more in pairwise(chain):
        assert (more >= less * (1 - 1e-12)).all()
    assert chain[-1].sum() > chain[0].sum() or key == "threshold_inclusive"  # nobody stands exactly on a threshold


def test_a_yearly_cap_of_clause_17_never_pays_less_in_any_draw(runs):
    paid = runs["outlay"].sum("year").sel(instrument="catalogue_loan_interest")
    due = runs["due"].sum("year")
    lifetime, year = ((paid + due).sel(scenario=f"cap_period_17.{choice}") for choice in ("lifetime", "year"))
    assert (year.values >= lifetime.values - 1e-3).all()


def test_stacking_leaves_projects_with_one_paying_instrument_as_they_are(runs):
    same = [key for key in runs["instrument"].values
            if not key.startswith(("upgrade", "major", "catalogue"))]
    one, stack = (runs["entitlement"].sel(scenario=f"exclusivity.{choice}", instrument=same) for choice in ("one_per_project", "stack"))
    assert one.values == pytest.approx(stack.values, rel=1e-12)


def test_nobody_is_induced_where_nobody_responds(runs):
    assert not runs["induced_investment"].any()
    assert runs["deadweight"].values == pytest.approx(runs["outlay"].values)


@pytest.mark.parametrize(("key", "choice"), [("exclusivity", "stak"), ("exclusivty", "stack"), ("exclusivity", "")])
def test_a_reading_that_does_not_exist_is_refused_with_the_nearest(key, choice):
    from simulator.errors import FaultyFiles

    with pytest.raises(FaultyFiles) as caught:
        load_scenario("baseline", readings={key: choice})
    assert key in str(caught.value)
    if choice:
        assert ("'stack'" if key == "exclusivity" else "'exclusivity'") in str(caught.value)
