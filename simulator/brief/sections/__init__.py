"""The sections of a brief, one a file: each tells its part of the run."""
