"""One folder a provider."""
