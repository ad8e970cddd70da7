"""Values as senders write them: numbers, units, instants, statuses, texts, registry rows. Pure."""
