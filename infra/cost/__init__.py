"""What a month costs: from calls counted in a run, and published prices (``hilo cost``)."""
