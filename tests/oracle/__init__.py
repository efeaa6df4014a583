"""An exact oracle of 沪经信技〔2024〕355号, written from the clauses alone; no code of the simulator."""
