"""The clauses on OpenFisca-Core and policyengine-core, which are spared all that they cannot do (see clauses_as_arrays)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks import clauses_by_year, clauses_tuned
from tests.benchmarks.clauses_as_arrays import YEARS, Block, Rules
from tests.benchmarks.clauses_as_variables import Engine, Filling, kind_name, parameter_tree

MODULES = ("entities", "parameters", "periods", "simulations", "taxbenefitsystems", "variables")


class Use(NamedTuple):
    """A way to use an engine: which pairs lie in which simulation, and how the clauses are written."""

    name: str
    fillings: Callable[[list[Block]], list[Filling]]
    variables: Callable[[Engine, Rules, list[tuple[str, ...]]], list[type]]


class Loaded(NamedTuple):
    """A simulation, its inputs by name and period, the variable that is asked for, and the names of all that this computes."""

    simulation: Any
    inputs: list[tuple[str, str]]
    outlay: str
    computed: list[str]


ORDINARY = Use("ordinary use", clauses_by_year.fillings, clauses_by_year.variables)
TUNED = Use("tuned", clauses_tuned.fillings, clauses_tuned.variables)


class EnginePeer:
    """The clauses on one of the engines, in one way of using it."""

    precision: type = np.float32  # the engines' own

    def __init__(self, name: str, package: str, use: Use) -> None:
        """`package` is what is imported."""
        self.name, self.package, self.use = f"{name}, {use.name}", package, use

    def available(self) -> str | None:
        """Why it cannot run here; None if it can."""
        try:
            for module in MODULES:
                self._module(module)
        except ImportError as reason:
            return str(reason)
        return None

    def take(self, blocks: list[Block], book: Rules) -> None:
        """Build the tax-benefit system, and simulations with all their inputs."""
        entities, parameters, periods, _, systems, variables = map(self._module, MODULES)
        project = entities.build_entity("project", "projects", "An application in one draw", is_person=True)
        self.system = systems.TaxBenefitSystem([project])
        self.system.parameters = parameters.ParameterNode("", data=parameter_tree(book))
        engine = Engine(variables.Variable, project, periods.ETERNITY, periods.YEAR)
        self.system.add_variables(*self.use.variables(engine, book, [block.keys for block in blocks]))
        self.loaded = [self._load(filling) for filling in self.use.fillings(blocks)]

    def run(self) -> float:
        """Work everything out anew; returns the total outlay. [CNY]"""
        return sum(float(outlay.sum(dtype=np.float64)) for outlays in self.outlays() for outlay in outlays)

    def outlays(self) -> Iterator[list[np.ndarray]]:
        """Work everything out anew, one simulation after another: for each of YEARS the outlay of its pairs, float32[pair]. [CNY]"""
        for loaded in self.loaded:
            yield _calculate(loaded.simulation, loaded.outlay)
            _forget(loaded.simulation, loaded.computed)

    def turn(self) -> None:
        """Reverse the order of the pairs in the inputs of every simulation, where they lie: the engine does not know."""
        for loaded in self.loaded:
            for name, period in loaded.inputs:
                held = loaded.simulation.get_array(name, period)
                held[:] = held[::-1].copy()

    @contextmanager
    def computing_in(self, precision: type) -> Iterator[None]:
        """What is taken herein is computed in another precision, by the same formulas."""
        kind = import_module(f"{self.package}.variables.config").VALUE_TYPES[float]
        before, kind["dtype"] = kind["dtype"], precision
        try:
            yield
        finally:
            kind["dtype"] = before

    def _module(self, name: str) -> Any:
        return import_module(f"{self.package}.{name}")

    def _load(self, filling: Filling) -> Loaded:
        populations = self.system.instantiate_entities()
        populations["project"].count = filling.n_pair
        simulation = self._module("simulations").Simulation(tax_benefit_system=self.system, populations=populations)
        for (name, period), column in filling.columns.items():
            simulation.set_input(name, period, column)
        outlay, others = f"{kind_name(filling.keys)}_outlay", self.system.variables.keys() - {name for name, _ in filling.columns}
        _calculate(simulation, outlay)
        computed = [name for name in others if simulation.get_holder(name).get_known_periods()]
        _forget(simulation, computed)
        return Loaded(simulation, list(filling.columns), outlay, computed)


def _calculate(simulation: Any, outlay: str) -> list[np.ndarray]:
    return [simulation.calculate(outlay, str(year)) for year in YEARS]


def _forget(simulation: Any, computed: list[str]) -> None:
    """Only what was computed: the engines take microseconds over each name, computed or not."""
    for name in computed:
        simulation.delete_arrays(name)
