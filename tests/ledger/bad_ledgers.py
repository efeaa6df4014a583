"""The corpus: ledgers with one thing wrong, and odd ones with nothing wrong."""

from tests.ledger import bad_amounts, bad_files, bad_heads, bad_rows, bad_traps, bad_words, odd_ledgers

BAD = (*bad_heads.CASES, *bad_amounts.CASES, *bad_words.CASES, *bad_rows.CASES, *bad_files.CASES, *bad_traps.CASES)
ODD = tuple(odd_ledgers.CASES)
REFUSED = tuple(case for case in BAD if case.truth is None)
REFUSED_OR_RIGHT = tuple(case for case in BAD if case.truth is not None)
