"""The simulator's own pages: what it saw, what it shall do wrong, and a way to start over."""
