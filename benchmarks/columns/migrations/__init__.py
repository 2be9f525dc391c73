"""The first is here; the others are written while the benchmark runs, into a folder of its own."""

import os

if folder := os.environ.get("BENCH_MIGRATIONS"):
    __path__.append(folder)
