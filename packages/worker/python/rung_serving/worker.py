"""A worker's life: load the model, tell the server, answer frame after frame until the server goes."""
import os
import signal
import socket
import sys
import traceback

from .frames import FAILED, READY, Channel


def main():
    # The server ends its workers itself, when what they are working on is answered. A function, because children inherit SIG_IGN.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    channel = Channel(_claim_socket())
    try:
        from .compatibility import install
        from .service import Service, Settings

        install()
        service = Service(Settings(os.environ))
    except (Exception, SystemExit) as error:
        channel.tell(FAILED, {"message": _explain(error)})
        sys.exit(1)
    channel.tell(READY, service.description)
    while (requests := channel.receive()) is not None:
        channel.answer(service.answer(requests))


def _claim_socket():
    """File descriptor 3, out of reach of the programs that the user's code starts."""
    own = os.dup(3)
    os.close(3)
    os.set_inheritable(own, False)
    return socket.socket(fileno=own)


def _explain(error):
    """Our own refusals in one sentence; the user's failures with the last lines of their trace."""
    from .frameworks import ModelError

    if isinstance(error, ModelError):
        return str(error)
    trace = "".join(traceback.format_exception(error)).rstrip().splitlines()
    print("\n".join(trace[-25:]), file=sys.stderr, flush=True)
    last = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"The model could not be loaded: {last}"
