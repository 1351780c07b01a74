"""A strategy as a file: as TOML, as SQL, beside another one by the customers of a run."""
