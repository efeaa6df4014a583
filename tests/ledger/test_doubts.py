"""Amounts 10,000 times off are doubted; those of real programmes are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ledger import COLUMNS, MISSING, Ledger
from simulator.ledger.doubts import doubts_of

YUAN, WAN, YI = 100, 10**6, 10**10  # 分


def ledger(**columns):
    """A ledger of these amounts in 分; None is an empty cell."""
    n = len(next(iter(columns.values())))
    arrays = {id_: np.array([MISSING if fen is None else fen for fen in values], np.int64) for id_, values in columns.items()}
    return Ledger("台账.csv", "", "", np.arange(n) + 2, arrays | {"title": np.full(n, "", object)}, dict.fromkeys(columns, "万元"))


@pytest.mark.parametrize("columns", [
    {"investment": [3000 * WAN, 5 * YI, 20 * YI]}, {"contract": [50 * WAN, 2000 * WAN]}, {"loan_principal": [3000 * WAN, None]},
    {"investment": [None, None]}, {"paid": [0, 0]}, {"contract": [0, 0, 100 * WAN]}, {"investment": [5000 * WAN],
    "loan_principal": [6000 * WAN]},
])
def test_usual_amounts_are_not_doubted(columns):
    assert doubts_of(ledger(**columns)) == []


@pytest.mark.parametrize("id_", [id_ for id_, column in COLUMNS.items() if column.kind == "money"])
def test_a_whole_column_ten_thousand_times_off_is_doubted_either_way(id_):
    low, high = (int(bound * 100) for bound in COLUMNS[id_].usual)
    middle = int((low * high) ** 0.5)
    assert doubts_of(ledger(**{id_: [middle, middle]})) == []
    for off in (high * 10_000, low // 10_000 or 1):
        (said,) = doubts_of(ledger(**{id_: [off, off, off]}))
        assert said.startswith(f"{COLUMNS[id_].head}（万元）：中位数是 ")


def test_a_median_out_of_proportion_is_said_as_people_say_it():
    assert doubts_of(ledger(contract=[3000 * YI, 3000 * YI])) == ["合同金额（万元）：中位数是 3,000亿元，通常在 1万元 至 100亿元 之间"]
    assert doubts_of(ledger(contract=[10**15]))[0].startswith("合同金额（万元）：中位数是 100,000亿元")
    assert doubts_of(ledger(investment=[5000 * YUAN])) == ["项目总投资（万元）：中位数是 5,000.00元，通常在 20万元 至 200亿元 之间"]


def test_one_amount_out_of_proportion_is_named_with_its_line():
    found = doubts_of(ledger(contract=[200 * WAN, 200 * WAN, 2000 * YI, 200 * WAN]))
    assert found == ["合同金额（万元）：1 个数大小异常（第 4 行 2,000亿元）"]


def test_of_many_amounts_out_of_proportion_a_few_are_shown():
    (said,) = doubts_of(ledger(contract=[200 * WAN] * 30 + [2000 * YI] * 20))
    assert "20 个数大小异常" in said
    assert said.count("第 ") == 5


def test_a_part_a_thousand_times_the_whole_is_in_another_unit():
    assert doubts_of(ledger(investment=[50 * WAN, 50 * WAN], loan_principal=[501 * 100 * WAN, 500 * 100 * WAN])) == [
        "贷款本金是总投资的 1000 倍以上：1 个数大小异常（第 2 行 5.01亿元）"]


def test_an_empty_or_zero_whole_is_compared_with_nothing():
    assert doubts_of(ledger(investment=[None, 0, 5000 * WAN], equipment=[3000 * WAN] * 3)) == []


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**15)), min_size=1, max_size=6), st.lists(st.integers(0, 10**15), min_size=6,
max_size=6))
def test_whatever_the_amounts_a_doubt_is_a_sentence(investment, paid):
    assert all(isinstance(said, str) for said in doubts_of(ledger(investment=investment, paid=paid[: len(investment)])))


def test_more_paid_than_the_caps_of_all_that_is_filed_for_is_doubted():
    paid = ledger(paid=[2000 * WAN, 2001 * WAN, 2500 * WAN], investment=[3 * YI] * 3)
    paid.columns["instruments"] = np.array(["upgrade_lease", "upgrade_lease", "upgrade_lease;catalogue_lease"], object)
    caps = {"upgrade_lease": 2e7, "catalogue_lease": 5e6, "smart_factory": None}
    (said,) = doubts_of(paid, caps)
    assert "第 3 行 2,001万元" in said
    assert "第 4 行" not in said
    paid.columns["instruments"][1] = "upgrade_lease;smart_factory"  # an instrument without a cap
    assert doubts_of(paid, caps) == []
