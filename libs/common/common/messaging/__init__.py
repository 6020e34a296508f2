"""JetStream as the transport, Postgres as the truth: outbox, inbox, consumer loop, dead letters."""
