"""A made-up fleet: the same bytes every time, with every defect of the contract."""
