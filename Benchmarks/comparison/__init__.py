"""Assay's engine against PyTorch, faiss and scikit-learn: see Benchmarks/README.md."""
