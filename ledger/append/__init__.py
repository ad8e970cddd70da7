"""From a source to the log: deliveries, batch by batch, under the head's lock."""
