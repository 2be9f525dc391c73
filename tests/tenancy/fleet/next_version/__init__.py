"""The product as its next version might be: products bear a badge, which this version reads."""
