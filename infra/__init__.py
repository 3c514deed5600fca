"""What Hilo runs on: the cloud's templates, the local stack and the one command."""
