"""What the five context strategies send, cost, and still know as a talk grows."""
