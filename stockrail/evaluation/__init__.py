"""What a plan earns out of sample, against what people use today, at equal working capital (docs/evaluation.md)."""
