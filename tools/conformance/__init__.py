"""Records what real brokers answer to the conformance cases, and compares them with what was recorded."""
