"""The data contract: which telemetry messages are readings, and why the others are not."""
