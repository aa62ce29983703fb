"""gunicorn as the doors need it (ADR 0008, 0020, 0021): sockets, arbiter, worker, and the line that names a circuit."""
