"""What the clauses pay every project of a ledger, exactly: entitlement, limit, package, and the years of interest and payment."""

from simulator.appraisal.priced import BINDINGS, Priced
from simulator.appraisal.pricing_of_ledgers import price_ledger
from simulator.appraisal.terms import Terms, terms_of

__all__ = ["BINDINGS", "Priced", "Terms", "price_ledger", "terms_of"]
