"""The counter line: from cumulative readings to energy by day. Pure."""
