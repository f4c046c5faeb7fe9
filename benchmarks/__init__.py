"""How fast the product is, and against what: see docs/performance.md."""
