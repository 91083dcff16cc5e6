"""How fast Muster is, as ratios to the bare limit: ``python -m benchmarks --help``; docs/performance.md explains."""
