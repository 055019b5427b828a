"""What tests share: databases, houses, servers. Everything is real."""
