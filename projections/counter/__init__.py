"""The counter line: from the readings of a lifetime counter to the energy of each local day. Pure."""
