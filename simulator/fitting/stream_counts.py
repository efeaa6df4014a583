"""Applications a year and their months, by stream, raised to all projects where a threshold keeps some from filing."""

from __future__ import annotations

import numpy as np

from simulator.applications import Applications, Table
from simulator.fitting import counts
from simulator.fitting.attributes import digits
from simulator.fitting.counts import Calendar, CountFit, MonthFit
from simulator.fitting.findings import Fitted, Goodness, shown
from simulator.fitting.stream_sizes import Filing
from simulator.language import tr
from simulator.scenario import Scenario


def learn_counts(found: Fitted, table: Table, groups: list[Applications], scenario: Scenario, filing: dict[str, Filing],
                 sectors: dict[str, float]) -> None:
    """Applications a year and their months."""
    population = scenario.model.population
    everything = np.concatenate([group.rows for group in groups])
    months, years = table.months(), table.years()
    dated = counts.are_dated(months[everything])
    months = months if dated else np.full(table.n, -1)
    calendar = counts.calendar_of(months[everything], years[everything], scenario.model.years.filing[0], population.programme_start.value)
    if calendar is None:
        found.leave("", "count", tr("没有申报年度或日期", "no filing years or dates"))
        return
    if dated:
        calendar = calendar.settled(counts.table_of(months[everything], calendar))
    _say_calendar(found, calendar, dated)
    pooled = _weights(counts.fit_months(months[everything], calendar))
    for group in groups:
        own = counts.fit_months(months[group.rows], calendar)
        if own is not None:
            _state_months(found, group, own, int(12 * population.programme_start.value))
        elif dated:
            found.leave(group.key, "filing_months", tr(f"少于 {counts.FEWEST_FOR_MONTHS} 项，或台账未覆盖全年各月",
                                                      f"fewer than {counts.FEWEST_FOR_MONTHS} rows, or not all months are covered"))
        base = group.stream.count.value.negative_binomial
        weights = _weights(own) if own else pooled
        _state_count(found, group, filing[group.key], sectors,
                     counts.fit_count(months[group.rows], years[group.rows], calendar, weights, base.dispersion if base else None))


def _weights(fitted: MonthFit | None) -> np.ndarray | None:
    """The weights of the months where they differ."""
    return np.array([each.value for each in fitted.weights]) if fitted is not None and fitted.p < counts.DIFFERENT else None


def _state_months(found: Fitted, group: Applications, fitted: MonthFit, start: int) -> None:
    """The months' shares; the file states them where they differ and leave the first year some months from its start on."""
    for month, each in enumerate(fitted.weights, 1):
        found.add(group.key, "filing_months", each, "share", f"{month:02d}")
    test = tr("卡方（各月均匀）", "chi-square (even months)")
    found.goodness.append(Goodness(group.key, "filing_months", test, fitted.chi_square, fitted.p, group.n))
    if fitted.p < counts.DIFFERENT and not any(each.value for each in fitted.weights[start:]):
        found.leave(group.key, "filing_months", tr("首年自施行起的各月都没有申报", "nobody files in the months of the first year"))
    elif fitted.p < counts.DIFFERENT:
        found.state(("streams", group.key, "filing_months"), [digits(100 * each.value) for each in fitted.weights], group.n,
                    tr(f"各月均匀的卡方 p={fitted.p:.2g}", f"chi-square of even months p={fitted.p:.2g}"))
    else:
        found.leave(group.key, "filing_months", tr(f"各月无显著差异（p={fitted.p:.2g}）", f"months do not differ (p={fitted.p:.2g})"))


def _say_calendar(found: Fitted, calendar: Calendar, dated: bool) -> None:
    first, last = (np.flatnonzero(calendar.covered.ravel())[end] for end in (0, -1))
    ends = [f"{calendar.years[0] + place // 12}-{place % 12 + 1:02d}" for place in (first, last)]
    first_year = (tr("；首个申报年自政策施行起的申报量已相当于一整年", "; the first year has a whole year's applications from its start on")
                  if calendar.first_is_whole else
                  tr("；首年算不算一整年，台账看不出，误差已计入", "; the first year may be a whole one: errors allow for both")
                  if calendar.doubtful else "")
    found.notes.append(tr(f"台账覆盖 {ends[0]} 至 {ends[1]}；未满的年度按覆盖的月份折算成全年{first_year}",
                          f"the ledger covers {ends[0]} to {ends[1]}; a year covered in part counts by its months{first_year}"))
    if not dated:
        found.notes.append(tr("台账没有申报日期（或多数没有）：每年都按全年计，最后一年若未满则偏低",
                              "no dates of filing, or few: every year counts as a whole one, too low if the last is not over"))


def _state_count(found: Fitted, group: Applications, filing: Filing, sectors: dict[str, float], fitted: CountFit) -> None:
    key, yearly = group.key, fitted.yearly
    seen = filing.share_of_all(sectors, found.statements.get(("streams", key, "finance"), {}).get("value"))
    by_year = "、".join(f"{year}: {number}" for year, number in fitted.by_year.items())
    found.add(key, "count", yearly, "1/year", "", by_year)
    if fitted.uneven is not None:
        found.goodness.append(Goodness(key, "count", tr("卡方（各年同一泊松）", "chi-square (one Poisson)"), *fitted.uneven, yearly.n))
    mean = digits(yearly.value / seen, 6)
    value = {"negative_binomial": {"mean": mean, "dispersion": digits(fitted.dispersion)}} if fitted.dispersion else {"poisson": mean}
    of_all = tr(f"其中达到门槛、能申报的占 {100 * seen:.1f}%", f"of all these, {100 * seen:.1f}% reach the threshold and file")
    found.state(("streams", key, "count"), value, yearly.n, tr(f"台账年申报 {shown(yearly)} 项", f"{shown(yearly)} applications a year"),
                of_all if seen < 0.9995 else "")
    found.statements[("streams", key, "count_of")] = "applications"
    found.statements[("streams", key, "p0")] = None
