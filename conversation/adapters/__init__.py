"""What touches the outside: tables, queues, providers, secrets. Imported by composition roots."""
