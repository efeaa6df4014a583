"""The clauses on policyengine-core: a generous comparison, since it is spared all that it cannot do (see clauses_as_arrays)."""


from tests.benchmarks.clauses_as_arrays import Block, Rules
from tests.benchmarks.clauses_as_variables import Engine, EnginePeer, parameter_tree, variables

try:
    from policyengine_core.entities import build_entity
    from policyengine_core.parameters import ParameterNode
    from policyengine_core.periods import ETERNITY, YEAR
    from policyengine_core.simulations import Simulation
    from policyengine_core.taxbenefitsystems import TaxBenefitSystem
    from policyengine_core.variables import Variable
except ImportError as reason:
    MISSING: str | None = str(reason)
else:
    MISSING = None


class Peer(EnginePeer):
    """Vectorised formulas over entities; a new simulation for each chunk of pairs."""

    name = "policyengine-core"

    @staticmethod
    def available() -> str | None:
        """Why it cannot run here; None if it can."""
        return MISSING

    def build_system(self, book: Rules, kinds: list[tuple[str, ...]]) -> "TaxBenefitSystem":
        """The tax-benefit system with the variables of these kinds of application."""
        project = build_entity("project", "projects", "An application in one draw", is_person=True)
        system = TaxBenefitSystem([project])
        system.parameters = ParameterNode("", data=parameter_tree(book))
        system.add_variables(*variables(Engine(Variable, project, ETERNITY, YEAR), book, kinds))
        return system

    def load(self, chunk: Block) -> "Simulation":
        """A simulation with the inputs of a chunk."""
        populations = self.system.instantiate_entities()
        populations["project"].count = chunk.n_pair
        simulation = Simulation(tax_benefit_system=self.system, populations=populations)
        for name, column in chunk.given.items():
            simulation.set_input(name, ETERNITY, column)
        return simulation

    def forget(self, chunk: Block, simulation: "Simulation") -> None:
        """Clear all that a simulation has computed."""
        simulation.drop_computed_arrays()
