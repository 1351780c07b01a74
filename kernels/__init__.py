"""Hot loops over plain arrays: numpy and numba only, nothing of ``engine``.

Each kernel is a point (scalar maths), a block (a serial, nogil loop over rows lo..hi) and a façade
(checks, allocates, raises). ``kernels.reference`` holds a readable NumPy twin of each.
"""

DISTRIBUTION = "nightbook"
"""``engine`` checks this on import: another package named ``kernels`` may shadow ours."""
