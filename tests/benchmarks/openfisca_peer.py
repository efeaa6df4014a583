"""The clauses on OpenFisca-Core: a generous comparison, since it is spared all that it cannot do (see clauses_as_arrays)."""


from tests.benchmarks.clauses_as_arrays import Block, Rules
from tests.benchmarks.clauses_as_variables import Engine, EnginePeer, parameter_tree, variables

try:
    from openfisca_core.entities import build_entity
    from openfisca_core.parameters import ParameterNode
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import Simulation
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable
except ImportError as reason:
    MISSING: str | None = str(reason)
else:
    MISSING = None


class Peer(EnginePeer):
    """Vectorised formulas over entities; a new simulation for each chunk of pairs."""

    name = "OpenFisca-Core"

    @staticmethod
    def available() -> str | None:
        """Why it cannot run here; None if it can."""
        return MISSING

    def build_system(self, book: Rules, kinds: list[tuple[str, ...]]) -> "TaxBenefitSystem":
        """The tax-benefit system with the variables of these kinds of application."""
        project = build_entity("project", "projects", "An application in one draw", is_person=True)
        system = TaxBenefitSystem([project])
        system.parameters = ParameterNode("", data=parameter_tree(book))
        system.add_variables(*variables(Engine(Variable, project, DateUnit.ETERNITY, DateUnit.YEAR), book, kinds))
        return system

    def load(self, chunk: Block) -> "Simulation":
        """A simulation with the inputs of a chunk."""
        populations = self.system.instantiate_entities()
        populations["project"].count = chunk.n_pair
        simulation = Simulation(self.system, populations)
        for name, column in chunk.given.items():
            simulation.set_input(name, DateUnit.ETERNITY, column)
        return simulation

    def forget(self, chunk: Block, simulation: "Simulation") -> None:
        """Clear all that a simulation has computed."""
        for name in self.system.variables.keys() - chunk.given.keys():
            simulation.delete_arrays(name)
