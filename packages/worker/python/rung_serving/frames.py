"""
The socket to the model server: frames of `u32 length, u8 kind, payload`, little endian, one request frame answered by one answer frame.

    to the worker    1 INVOKE  u16 count, then count times u16 u16 u16 u32 lengths, content type, accept, attributes (JSON), body
    to the server    1 READY   JSON: what the worker tells of itself
                     2 FAILED  JSON: {"message"}; the model could not be loaded
                     3 ANSWER  u16 count, then count times u16 status, u16 u32 lengths, content type, body
"""
import json
import struct

INVOKE = 1
READY = 1
FAILED = 2
ANSWER = 3

_FRAME = struct.Struct("<IB")
_COUNT = struct.Struct("<H")
_REQUEST = struct.Struct("<HHHI")
_ANSWER = struct.Struct("<HHI")


class Request:
    """An invocation. `body` is bytes; the other fields are text, empty where the caller said nothing."""

    __slots__ = ("content_type", "accept", "attributes", "body")

    def __init__(self, content_type, accept, attributes, body):
        self.content_type = content_type
        self.accept = accept
        self.attributes = attributes
        self.body = body


class Channel:
    """The connection of one worker; blocking, used by one thread."""

    def __init__(self, socket):
        self._socket = socket
        self._kept = b""

    def receive(self):
        """The requests of the next frame, or None when the server has gone."""
        data = self._read(_FRAME.size)
        if data is None:
            return None
        length, _ = _FRAME.unpack_from(data)
        payload = self._read(length - 1)
        return None if payload is None else _requests(payload)

    def answer(self, answers):
        """`answers`: (status, content type, body) for each request of the last frame, in the same order."""
        parts = [_COUNT.pack(len(answers))]
        for status, content_type, body in answers:
            encoded = content_type.encode("latin-1", "replace")
            parts += (_ANSWER.pack(status, len(encoded), len(body)), encoded, body)
        self._send(ANSWER, parts)

    def tell(self, kind, message):
        self._send(kind, [json.dumps(message).encode()])

    def _send(self, kind, parts):
        length = sum(map(len, parts)) + 1
        self._socket.sendall(b"".join([_FRAME.pack(length, kind), *parts]))

    def _read(self, size):
        kept = self._kept
        if len(kept) < size:
            if size > 1 << 20:
                return self._read_large(size)
            pieces, have = [kept], len(kept)
            while have < size:
                piece = self._socket.recv(1 << 18)
                if not piece:
                    return None
                pieces.append(piece)
                have += len(piece)
            kept = b"".join(pieces)
        self._kept = kept[size:]
        return kept[:size]

    def _read_large(self, size):
        """Straight into its place: a large body is not copied a second time."""
        data = bytearray(size)
        have = len(self._kept)
        data[:have] = self._kept
        self._kept = b""
        view = memoryview(data)
        while have < size:
            count = self._socket.recv_into(view[have:])
            if count == 0:
                return None
            have += count
        return data


def _requests(payload):
    (count,) = _COUNT.unpack_from(payload)
    at = _COUNT.size
    requests = []
    for _ in range(count):
        content_type, accept, attributes, body = _REQUEST.unpack_from(payload, at)
        at += _REQUEST.size
        ends = (at + content_type, at + content_type + accept, at + content_type + accept + attributes)
        requests.append(
            Request(
                payload[at : ends[0]].decode("latin-1"),
                payload[ends[0] : ends[1]].decode("latin-1"),
                payload[ends[1] : ends[2]].decode(),
                bytes(payload[ends[2] : ends[2] + body]),
            )
        )
        at = ends[2] + body
    return requests
