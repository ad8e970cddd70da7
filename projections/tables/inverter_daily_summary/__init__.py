"""The daily summary of inverters. Pure."""
