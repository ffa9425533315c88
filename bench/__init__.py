"""The reference workload: data of any size, and the measures taken on it (`dealrail-bench`)."""
