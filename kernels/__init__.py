"""Hot loops over plain arrays, nothing of ``engine``.

Here are the façades, which check, allocate and raise; ``kernels.native`` has the loops, which numba
compiles once per machine. ``kernels.reference*`` hold a readable NumPy twin of each.
"""

DISTRIBUTION = "nightbook"
"""``engine`` checks this on import: another package named ``kernels`` may shadow ours."""
