"""The parts of a cluster on one machine: how each is started, asked and stopped. Knows no chat."""
