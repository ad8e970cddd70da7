"""Plants and inverters as they are registered. Pure."""
