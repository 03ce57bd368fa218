"""Plants backdoors into a clean model and its suspect set, and counts what audits see of them."""
