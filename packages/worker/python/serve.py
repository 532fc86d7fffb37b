"""One worker of the model server: `python serve.py`, with the server's socket as file descriptor 3."""
import sys

# This folder must not shadow the user's modules once our own are found.
_folder = sys.path.pop(0)
sys.path.append(_folder)

from rung_serving.worker import main  # noqa: E402

if __name__ == "__main__":
    main()
