"""Request bodies to arrays and arrays to answers, with the defaults of SageMaker's inference toolkit."""
import io
import json

JSON = "application/json"
JSON_LINES = "application/jsonlines"
CSV = "text/csv"
NPY = "application/x-npy"
NPZ = "application/x-npz"
OCTET_STREAM = "application/octet-stream"

TEXT_TYPES = (JSON, CSV, JSON_LINES)


class UnsupportedFormatError(Exception):
    """A content type that the default input_fn or output_fn does not know."""

    def __init__(self, content_type):
        known = ", ".join((JSON, JSON_LINES, CSV, NPY, NPZ))
        self.status_code = 415
        super().__init__(f"Content type {content_type} is not supported by this model server. These are: {known}.")


def media_type(header):
    """`text/csv; charset=utf-8` is `text/csv`."""
    return header.partition(";")[0].strip().lower()


def accepted(header, default):
    """The first type of an Accept header that can be answered; `*/*` and an empty header mean the default."""
    for part in header.split(","):
        kind = media_type(part)
        if kind in ("", "*/*"):
            kind = default
        if kind in _ENCODERS:
            return kind
    raise UnsupportedFormatError(header)


def decode(body, content_type):
    """An array as `numpy` would read it: a CSV of one line has one dimension, as in the toolkit."""
    decoder = _DECODERS.get(media_type(content_type))
    if decoder is None:
        raise UnsupportedFormatError(content_type)
    return decoder(body)


def encode(prediction, content_type):
    encoder = _ENCODERS.get(media_type(content_type))
    if encoder is None:
        raise UnsupportedFormatError(content_type)
    return encoder(prediction)


def csv_rows(lines):
    """Lines of plain numbers as a list of lists, or None when there is anything else among them: a fast way for what is common."""
    lines = lines.strip("\r\n").split("\n")
    try:
        if len(lines) == 1:
            return [[*map(float, lines[0].split(","))]]
        rows = [[*map(float, line.split(","))] for line in lines]
    except ValueError:
        return None
    width = len(rows[0])
    return rows if all(len(row) == width for row in rows) else None


def _decode_json(body):
    import numpy

    return numpy.array(json.loads(body))


def _decode_json_lines(body):
    import numpy

    return numpy.array([json.loads(line) for line in text(body).splitlines() if line.strip()])


def _decode_csv(body):
    import numpy

    lines = text(body)
    rows = csv_rows(lines)
    if rows is None:
        return numpy.genfromtxt(io.StringIO(lines), dtype=None, delimiter=",", encoding="utf-8")
    # One row, or one column, has one dimension: that is what genfromtxt makes of them.
    return numpy.squeeze(numpy.array(rows)) if len(rows) == 1 or len(rows[0]) == 1 else numpy.array(rows)


def _decode_npy(data):
    import numpy

    # Never pickled objects: a request must not be able to run code here.
    return numpy.load(io.BytesIO(data), allow_pickle=False)


def _decode_npz(data):
    import scipy.sparse

    return scipy.sparse.load_npz(io.BytesIO(data))


def text(data):
    """Bytes as UTF-8; text as it is."""
    return data if isinstance(data, str) else data.decode("utf-8")


def _plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "to_dict"):
        return value.to_dict(orient="records")
    raise TypeError(f"a {type(value).__name__} cannot be answered as JSON")


def _encode_json(prediction):
    return json.dumps(prediction, default=_plain)


def _encode_json_lines(prediction):
    rows = prediction.tolist() if hasattr(prediction, "tolist") else prediction
    rows = rows if isinstance(rows, list) else [rows]
    return "".join(f"{json.dumps(row, default=_plain)}\n" for row in rows)


def _encode_csv(prediction):
    import numpy

    array = numpy.asarray(prediction)
    # What savetxt with "%s" writes, without its cost.
    if array.ndim == 1 and array.dtype.kind in "fiub":
        return "".join([f"{value}\n" for value in map(str, array)])
    stream = io.StringIO()
    numpy.savetxt(stream, array, delimiter=",", fmt="%s")
    return stream.getvalue()


def _encode_npy(prediction):
    import numpy

    buffer = io.BytesIO()
    numpy.save(buffer, prediction, allow_pickle=False)
    return buffer.getvalue()


_DECODERS = {JSON: _decode_json, JSON_LINES: _decode_json_lines, CSV: _decode_csv, NPY: _decode_npy, NPZ: _decode_npz}
_ENCODERS = {JSON: _encode_json, JSON_LINES: _encode_json_lines, CSV: _encode_csv, NPY: _encode_npy}
