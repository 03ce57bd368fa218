"""The other side: each program a process of its own, so that its memory is its own."""
