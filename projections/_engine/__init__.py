"""How any projection is kept up to date: written once, used by all."""
