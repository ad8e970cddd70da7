"""What readings say about a day, the counter apart: coverage, means, gaps, statuses. Pure."""
