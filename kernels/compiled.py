"""How every kernel is compiled, said once."""

from functools import partial

from numba import njit

# error_model="numpy": a division cannot raise, which keeps branches out of the loops; denominators are guarded where zero
# can occur. _nrt=False: the kernels allocate nothing and own nothing, so reference counts are not kept; with them, atomic
# increments on every touch of an array took four fifths of the time, and two threads fought over them.
kernel = partial(njit, cache=True, nogil=True, error_model="numpy", _nrt=False)
helper = partial(njit, cache=True, error_model="numpy", _nrt=False, forceinline=True)
