"""Random projects, crowded around every cap and threshold, to be priced by the oracle and by the simulator.

Amounts are drawn as whole 分 and shares as whole basis points, so that every Decimal is exact.
"""

import random
from collections.abc import Iterator
from decimal import Decimal

from .clauses import ALTERNATIVES, CLAUSES, instalments_owed

WAN = 1_000_000  # 分
YI = 10_000 * WAN
LARGEST = 60 * YI

# A project borrows or leases under clause 7 or under clause 17: no clause says what one loan gets from both.
STREAMS = (
    ("upgrade_loan_interest", "upgrade_lease", "major_project"),
    ("upgrade_loan_interest", "upgrade_lease"),
    ("catalogue_loan_interest", "catalogue_lease"),
    ("first_of_kind", "catalogue_breakthrough"),
)

# Base, rate and cap of the grants. The intensity φ enters where the clause makes the rate a ceiling.
CEILINGS = {
    "material_certification": ("contracts", 3000, 100 * WAN),
    "upgrade_lease": ("lease_equipment", 500, 2000 * WAN),
    "software_rnd": ("investment", 3000, YI),
    "first_of_kind": ("contracts", 3000, 2000 * WAN),
    "catalogue_lease": ("lease_equipment", 3000, 500 * WAN),
    "catalogue_breakthrough": ("contracts", 3000, 2000 * WAN),
    "scenario_demonstration": ("investment", 2000, 800 * WAN),
}
LOAN_CAPS = {"upgrade_loan_interest": 2000 * WAN, "catalogue_loan_interest": 500 * WAN}
UPGRADE_THRESHOLD = 2000 * WAN
MAJOR_THRESHOLDS = (2 * YI, 5 * YI, 10 * YI)


def random_readings(rng: random.Random) -> dict:
    """Draw each reading on its own, every alternative alike."""
    return {name: rng.choice(allowed) for name, allowed in ALTERNATIVES.items()}


def random_cases(n: int, seed: int) -> Iterator[dict]:
    """Yield `n` projects; the same seed gives the same ones, and a longer run begins with a shorter one."""
    rng = random.Random(seed)
    for _ in range(n):
        yield as_decimals(random_project(rng))


def random_project(rng: random.Random) -> dict:
    """Draw one project, in 分 and basis points, mostly with one amount on the edge of a clause."""
    filed = random_filing(rng)
    investment = random_amount(rng, median=1500 * WAN)
    term = rng.choice((1, 3, 5, 8))
    project = {
        "instruments": filed,
        "investment": investment,
        "equipment": investment * rng.randint(0, 10_000) // 10_000,
        "fixed_asset_share": rng.choice((5999, 6000, 6001, 10_000, rng.randint(3000, 10_000))),
        "loan_principal": investment * rng.randint(0, 8000) // 10_000,
        "loan_rates": random_rates(rng),
        "loan_term": term,
        "loan_grace": rng.randint(0, min(2, term - 1)),
        "repayment": rng.choice(("equal_principal", "equal_principal", "bullet")),
        "central_points": rng.choice((0, 100, 150, 500)),
        "central_years": rng.randint(0, 3),
        "lease_equipment": investment * rng.randint(0, 10_000) // 10_000,
        "contracts": tuple(random_amount(rng, median=1200 * WAN) for _ in range(rng.randint(1, 3))),
        "tier_amount": rng.choice((0, 1, rng.randint(0, 1000 * WAN))),
        "phi": rng.choice((0, 1, 10_000, 10_000, rng.randint(0, 10_000), rng.randint(6000, 10_000))),
        "user_rate": rng.choice((500, 1000, 2000, rng.randint(0, 2000))),
    }
    if rng.randrange(3):
        put_on_edge(project, rng.choice(filed), rng)
    return project


def random_filing(rng: random.Random) -> tuple[str, ...]:
    """Draw what is filed for: a usual stream, one instrument, or a mixture with one clause's financing."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(STREAMS)
    if kind < 3:
        return (rng.choice(tuple(CLAUSES)),)
    other_financing = rng.choice((STREAMS[0], STREAMS[2]))
    return tuple(key for key in CLAUSES if key not in other_financing and rng.randrange(2)) or (
        rng.choice(("smart_factory", "software_rnd")),
    )


def random_amount(rng: random.Random, median: int) -> int:
    """Draw a heavy-tailed amount, at times a round one or next to nothing. [分]"""
    kind = rng.randrange(20)
    if kind == 0:
        return rng.randint(0, 200)
    amount = min(int(median * rng.lognormvariate(0, 1.665)), LARGEST)
    return amount // WAN * WAN if kind < 5 else amount


def random_rates(rng: random.Random) -> tuple[int, int, int]:
    """Draw three yearly rates: constant, drifting with the LPR, or anything. [basis points]"""
    first = rng.randint(200, 500)
    drifting = (first, first + rng.choice((-20, -10, 0, 25)), first + rng.choice((-40, -25, 0, 50)))
    wild = (rng.randint(0, 1000), rng.randint(0, 1000), rng.randint(0, 1000))
    return rng.choice(((first, first, first), drifting, drifting, wild))


# --- edges: a 分 below, exactly there, a 分 above ---------------------------------------------------------


def put_on_edge(project: dict, key: str, rng: random.Random) -> None:
    """Move one amount of the project to where a cap or a threshold of instrument `key` begins to bind."""
    field = None
    if key in ("upgrade_loan_interest", "upgrade_lease") and not rng.randrange(3):
        field, project["investment"] = "investment", UPGRADE_THRESHOLD + rng.randint(-1, 1)
    elif key in LOAN_CAPS:
        field = put_loan_on_edge(project, LOAN_CAPS[key], rng)
    elif key == "major_project":
        at_cap = binding_base(YI, 1000, 10_000, rng)
        field = "investment"
        project[field] = rng.choice((at_cap, *(edge + rng.randint(-1, 1) for edge in MAJOR_THRESHOLDS)))
    elif key == "energy_management_centre":
        field = rng.choice(("investment", "equipment"))
        project[field] = binding_base(1000 * WAN, 2000, 10_000, rng)
    elif key == "software_purchase" and project["user_rate"]:
        project["contracts"] = split(binding_base(200 * WAN, project["user_rate"], 10_000, rng), rng)
    elif key in CEILINGS and project["phi"]:
        field, rate, cap = CEILINGS[key]
        base = binding_base(cap, rate, project["phi"], rng)
        if field == "contracts":  # together, or the first by itself
            project["contracts"] = split(base, rng) if rng.randrange(2) else (base, *project["contracts"][1:])
        else:
            project[field] = base
    parts = ("equipment", "loan_principal", "lease_equipment")
    if field == "investment":
        project.update({part: min(project[part], project["investment"]) for part in parts})
    elif field in parts:
        project["investment"] = max(project["investment"], project[field])


def binding_base(cap: int, rate: int, phi: int, rng: random.Random) -> int:
    """Return the base whose share is the cap, give or take a 分 of the base or of the share."""
    base = (cap + rng.randint(-1, 1)) * 10**8 // (rate * phi)
    return max(0, base + rng.randint(-1, 1))


def split(total: int, rng: random.Random) -> tuple[int, ...]:
    """Split a total into one to three contracts."""
    cuts = sorted(rng.randint(0, total) for _ in range(rng.randint(0, 2)))
    return tuple(end - begin for begin, end in zip([0, *cuts], [*cuts, total], strict=True))


def put_loan_on_edge(project: dict, cap: int, rng: random.Random) -> str | None:
    """Choose the principal that brings half the interest of the first one, two or three years to the cap."""
    net_of_central = rng.randrange(2)
    weight, instalments = 0, 1
    for year in range(1, rng.randint(1, 3) + 1):
        owed, of = instalments_owed(project["loan_term"], project["loan_grace"], project["repayment"], year)
        relieved = project["central_points"] if net_of_central and year <= project["central_years"] else 0
        weight += owed * max(0, project["loan_rates"][year - 1] - relieved)
        instalments = of if owed else instalments
    if not weight:
        return None
    principal = (cap + rng.randint(-1, 1)) * 2 * 10_000 * instalments // weight
    project["loan_principal"] = principal + rng.randint(-10, 10)
    return "loan_principal"


def as_decimals(project: dict) -> dict:
    """Turn 分 into yuan and basis points into shares."""
    in_fen = ("investment", "equipment", "loan_principal", "lease_equipment", "tier_amount")
    in_points = ("fixed_asset_share", "central_points", "phi", "user_rate")
    return project | {
        **{field: Decimal(project[field]).scaleb(-2) for field in in_fen},
        **{field: Decimal(project[field]).scaleb(-4) for field in in_points},
        "contracts": tuple(Decimal(one).scaleb(-2) for one in project["contracts"]),
        "loan_rates": tuple(Decimal(rate).scaleb(-4) for rate in project["loan_rates"]),
    }
