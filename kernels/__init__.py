"""Hot loops over plain arrays: numpy, numba and its llvmlite only, nothing of ``engine``.

Each kernel is a point (scalar maths), a block (a serial, nogil loop over rows lo..hi) and a façade
(checks, allocates, raises). ``kernels.reference*`` hold a readable NumPy twin of each.
"""

DISTRIBUTION = "nightbook"
"""``engine`` checks this on import: another package named ``kernels`` may shadow ours."""
