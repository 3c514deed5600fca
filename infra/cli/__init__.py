"""The one command, ``hilo``: a file a command, put together in ``__main__``."""
