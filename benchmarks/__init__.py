"""`python -m benchmarks` measures the platform beside its peers. Also a Django app: the actors it drives."""
