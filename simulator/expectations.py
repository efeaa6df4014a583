"""What projects expect of a fund whose money may not last, where a scenario lets them reckon with the queue.

They take an award for `funded` times what its clause pays, and are right: of all entitlements of the instrument, this share
comes to be committed when everybody thinks so. The more they expect the more of them come, and the less the money covers, so
there is one such share. It is searched for in a pilot, always the same first draws of the scenario: however many draws are
asked for, cut into whatever blocks, beside whatever other scenarios, all meet the same belief. What holds an award up, the
money or a place of a quota, is all one to who waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from kernels import layouts
from simulator.blocks import run_blocks
from simulator.drivers import draw_drivers
from simulator.known import beside_obligations
from simulator.pack import outputs, pack
from simulator.position import Position
from simulator.scenario import Scenario

PILOT = 256  # draws
CLOSE = 0.001  # a belief that comes true to this is believed
ROUNDS = 8

_ENTITLEMENT, _COMMITMENT = layouts.FLOWS.index("entitlement"), layouts.FLOWS.index("commitment")
_STEEPEST = -4.0  # slope of what is funded over what is believed: a step is at least a fifth of the way


def expecting(inputs: layouts.Inputs, scenarios: Sequence[Scenario], applications: xr.Dataset, *, threads: int | None = None,
              known: Sequence[Position] = ()) -> layouts.Inputs:
    """The inputs of these scenarios with the shares that their projects expect to be funded.

    Where nobody reckons with the queue these are the inputs themselves, and nothing is simulated.
    """
    chosen = [place for place, scenario in enumerate(scenarios) if _reckons(scenario)]
    if not chosen:
        return inputs
    of = [scenarios[place] for place in chosen]
    pilot = pack(of, applications, draw_drivers(of, PILOT), "district")
    if known:
        pilot = beside_obligations(pilot, [known[place] for place in chosen])
    funded = inputs.funded.copy()
    funded[chosen] = _belief_that_comes_true(pilot, threads)
    return inputs._replace(funded=funded)


def _reckons(scenario: Scenario) -> bool:
    """Whether the queue can move any of its projects."""
    model = scenario.model
    enforced = any(model.appropriation[fund].enforce != "none" for fund in model.policy.funds)
    return model.behaviour.reckons_with_queue.value and model.readings.response == "elasticity" and enforced


def _belief_that_comes_true(pilot: layouts.Inputs, threads: int | None) -> np.ndarray:
    """The share of every instrument that is funded when it is what projects expect: float64[n_variant, n_instrument].

    Each round steps towards what the last one funded, by as much as the rounds so far say that both will meet at. A variant
    that is close enough stays as it is, so that it does not depend on the others.
    """
    believed = pilot.funded
    step, close = np.ones(believed.shape), np.zeros(len(believed), bool)
    before = believed, believed
    for number in range(ROUNDS):
        realised = _realised(pilot._replace(funded=believed), threads)
        gap = realised - believed
        close |= np.abs(gap).max(axis=1) < CLOSE
        if close.all():
            break
        if number:
            step = _step(pilot, believed - before[0], realised - before[1])
        before = believed, realised
        believed = np.where(close[:, None], believed, believed + step * gap)
    return believed


def _step(pilot: layouts.Inputs, moved: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """The part of the gap to go (secant), one for all instruments of a fund, which share its money: float64[n_variant, n_instrument].

    What is funded falls as expectations rise: a step is never longer than the gap, and one that has overshot is followed
    by one that ends between the two.
    """
    step = np.ones(moved.shape)
    for of, rules, change, answer in zip(step, pilot.instruments, moved, answered, strict=True):
        for fund in np.unique(rules["fund"]):
            mine = rules["fund"] == fund
            if change[mine].any():
                slope = (change[mine] * answer[mine]).sum() / (change[mine] ** 2).sum()
                of[mine] = 1.0 / (1.0 - np.clip(slope, _STEEPEST, 0.0))
    return step


def _realised(inputs: layouts.Inputs, threads: int | None) -> np.ndarray:
    """Mean commitment over mean entitlement, 1 where nothing is enforced: float64[n_variant, n_instrument].

    An instrument to which nobody is entitled has the share of its fund.
    """
    made = outputs(inputs, int(inputs.part.max(initial=-1)) + 1, int(inputs.group.max(initial=0)) + 1)
    run_blocks(inputs, made, threads)
    found = np.ones(inputs.funded.shape)
    for own, flows, rules, funds in zip(found, made.flows, inputs.instruments, inputs.funds, strict=True):
        entitled, committed = (flows[:, flow].sum(axis=(0, 1)) for flow in (_ENTITLEMENT, _COMMITMENT))
        for fund in np.flatnonzero(funds["enforce"] != layouts.ENFORCE.index("none")):
            mine = rules["fund"] == fund
            of_fund = float(_share(committed[mine].sum(), entitled[mine].sum(), 1.0))
            own[mine] = _share(committed[mine], entitled[mine], of_fund)
    return found


def _share(part: np.ndarray, whole: np.ndarray, otherwise: float) -> np.ndarray:
    """Of whole, at most 1; where there is none, another share."""
    return np.where(whole > 0.0, np.minimum(part / np.where(whole > 0.0, whole, 1.0), 1.0), otherwise)
