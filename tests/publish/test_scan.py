"""The last look: secrets are found wherever they hide, and clean sites pass."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import pickle
import random
import string
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from runfolio.publish.rules import known
from runfolio.publish.scan import Scan, scan


def drawn(number: int, letters: str = string.ascii_letters + string.digits) -> str:
    """Letters drawn by chance: the tests hold no string that looks like anybody's key."""
    return "".join(random.Random(number).choices(letters, k=number))


SECRETS = {
    "github": "ghp_" + drawn(36),
    "gitlab": "glpat-" + drawn(20),
    "huggingface": "hf_" + drawn(34),
    "openai": "sk-" + drawn(48),
    "anthropic": "sk-ant-" + drawn(60),
    "aws": "AKIA" + drawn(16, string.ascii_uppercase),
    "google": "AIza" + drawn(35),
    "slack": "xoxb-" + drawn(30),
    "npm": "npm_" + drawn(36),
    "pypi": "pypi-" + drawn(70),
    "stripe": "sk_" + "live_" + drawn(24),
    "jwt": f"eyJ{drawn(20)}.eyJ{drawn(30)}.{drawn(40)}",
    "private-key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "url-password": "postgres://ada:" + drawn(12) + "@db.example.com/runs",
    "url-token": "https://" + drawn(40) + "@git.example.com/a.git",
    "webhook": "https://hooks.slack.com/services/" + drawn(30),
    "signed-url": "https://b.example.com/m.pt?X-Amz-Signature=" + drawn(64, "0123456789abcdef"),
    "assignment": 'wandb_api_key="' + drawn(40, "0123456789abcdef") + '"',
    "header": "Authorization: Bearer " + drawn(32),
    "flag": "python train.py --password " + drawn(14),
    "connection": "AccountName=a;AccountKey=" + drawn(44),
    "email": "ada.lovelace@analytical.engines.org",
    "home": "/home/ada/data/digits.csv",
    "path": "/scratch/project_7/ckpt/model.pt",
    "address": "http://10.12.0.7:5000/",
}

Hide = Callable[[str], tuple[str, bytes]]


def _png(secret: str, kind: bytes, body: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + bytes(4)

    head = chunk(b"IHDR", bytes(13))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(kind, body) + chunk(b"IEND", b"")


def _parquet(secret: str, nested: bool) -> bytes:
    cells = pa.array([[{"k": secret}]]) if nested else pa.array(["clean", secret])
    sink = io.BytesIO()
    pq.write_table(pa.table({"note": cells}), sink, compression="zstd")
    return sink.getvalue()


def _zip(name: str, data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


def _array(text: str) -> bytes:
    sink = io.BytesIO()
    numpy.save(sink, numpy.array(["clean", text]))
    return sink.getvalue()


def _escaped(secret: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" if letter in '/:@<&="' else letter for letter in secret)


def _tar(name: str, data: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return sink.getvalue()


def _table(column: pa.Array, name: str = "a") -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({name: column}), sink)
    return sink.getvalue()


def _feather(secret: str) -> bytes:
    sink = io.BytesIO()
    feather.write_feather(pa.table({"a": [secret] * 50}), sink, compression="zstd")
    return sink.getvalue()


def _picture(secret: str) -> bytes:
    return _png(secret, b"zTXt", b"Comment\0\0" + zlib.compress(secret.encode()))


PLACES: dict[str, Hide] = {
    "page": lambda s: ("runs/a.html", f"<td>{html.escape(s)}</td>".encode()),
    "numeric entities": lambda s: ("a.html", "".join(f"&#{ord(c)};" for c in s).encode()),
    "data file": lambda s: ("data/a.js", f'rf("run","a",{{"x":"{_escaped(s)}"}})'.encode()),
    "JSON in JSON": lambda s: ("a.json", json.dumps({"t": json.dumps({"x": s})}).encode()),
    "address": lambda s: ("a.html", f"<a href='?q={urllib.parse.quote(s, safe='')}'>".encode()),
    "csv": lambda s: ("data/runs.csv", f'a,"{s.replace(chr(34), chr(34) * 2)}"\n'.encode()),
    "utf-16 text": lambda s: ("artifacts/log.txt", ("log\n" + s + "\n").encode("utf-16")),
    "gzip": lambda s: ("artifacts/log.gz", gzip.compress(s.encode())),
    "xz": lambda s: ("artifacts/logs.tar.xz", lzma.compress(s.encode())),
    "bzip2": lambda s: ("artifacts/logs.tar.bz2", bz2.compress(s.encode())),
    "zlib": lambda s: ("artifacts/model.joblib", zlib.compress(f"model {s} end".encode())),
    "zstd": lambda s: ("a.zst", pa.compress(s.encode(), "zstd", asbytes=True)),
    "numpy": lambda s: ("a.npy", _array(s)),
    "numpy in zip": lambda s: ("a.npz", _zip("words.npy", _array(s))),
    "pdf": lambda s: (
        "a.pdf",
        b"%PDF-1.7\n1 0 obj stream\n" + zlib.compress(s.encode()) + b"\nendstream",
    ),
    "zip": lambda s: ("artifacts/code.zip", _zip("a.py", s.encode())),
    "zip in zip": lambda s: ("a.zip", _zip("b.zip", _zip("c.txt", s.encode()))),
    "parquet": lambda s: ("data/runs.parquet", _parquet(s, False)),
    "nested parquet": lambda s: ("data/x.parquet", _parquet(s, True)),
    "picture's text": lambda s: ("a.png", _png(s, b"tEXt", b"Comment\0" + s.encode())),
    "picture's packed text": lambda s: (
        "a.png",
        _png(s, b"zTXt", b"Comment\0\0" + zlib.compress(s.encode())),
    ),
    "after a picture": lambda s: ("a.png", _png(s, b"tEXt", b"a\0b") + s.encode()),
    "base64": lambda s: ("a.ipynb", base64.b64encode(f"pad pad pad pad {s} pad".encode())),
    "packed in a tar": lambda s: ("a.tar", _tar("a.gz", gzip.compress(s.encode()))),
    "packed in tar in gzip": lambda s: (
        "a.tgz",
        gzip.compress(_tar("a.npz", _zip("words.npy", _array(s)))),
    ),
    "categories in parquet": lambda s: ("a.parquet", _table(pa.array([s]).dictionary_encode())),
    "bytes in parquet": lambda s: ("a.parquet", _table(pa.array([gzip.compress(s.encode())]))),
    "a name in parquet": lambda s: ("a.parquet", _table(pa.array([1]), s)),
    "feather": lambda s: ("a.feather", _feather(s)),
    "behind a zip": lambda s: ("a.zip", _zip("a.txt", b"x") + b"\n" + s.encode()),
    "zip behind a program": lambda s: ("a.exe", b"MZ\0\0" * 20 + _zip("a.txt", s.encode())),
    "picture in a notebook": lambda s: (
        "a.ipynb",
        json.dumps({"image/png": base64.encodebytes(_picture(s)).decode()}).encode(),
    ),
    "packed base64": lambda s: ("a.js", b'"' + base64.b64encode(lzma.compress(s.encode())) + b'"'),
    "old lzma": lambda s: ("a.lzma", lzma.compress(s.encode(), lzma.FORMAT_ALONE)),
    "svg": lambda s: ("a.svg", f"<svg><title>{html.escape(s)}</title></svg>".encode()),
}


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Scan]:
    """Scan files given by name and bytes."""

    def call(files: dict[str, bytes], **options: object) -> Scan:
        paths = {}
        for number, (name, data) in enumerate(files.items()):
            paths[name] = tmp_path / str(number)
            paths[name].write_bytes(data)
        return scan(paths, **options)  # type: ignore[arg-type]

    return call


@pytest.mark.parametrize("place", PLACES)
def test_every_secret_is_found_in_every_hiding_place(look: Callable[..., Scan], place: str) -> None:
    for rule, secret in SECRETS.items():
        name, data = PLACES[place](secret)
        found = look({name: data}).findings
        assert rule in {one.rule for one in found}, (place, rule, secret)
        for one in found:
            assert one.private or secret not in one.masked, "a secret is never told in whole"


def test_a_secret_in_a_file_name_is_found(look: Callable[..., Scan]) -> None:
    (one, *_) = look({f"artifacts/{SECRETS['github']}.txt": b"x"}).findings
    assert one.rule == "github"


def clean() -> Iterator[str]:
    """Texts of real runs that only look like secrets."""
    chance = random.Random(7)
    for length in (7, 32, 40, 64):
        for _ in range(20):
            yield "commit " + "".join(chance.choices("0123456789abcdef", k=length))
    for _ in range(30):
        yield f"20261115-{chance.randrange(10**6):06d}-{drawn(chance.randrange(4, 9)).lower()}"
    yield from (
        "max_tokens=512 pad_token=<pad> tokenizer = AutoTokenizer.from_pretrained(name)",
        "eos_token: </s>, token_type_ids: [0, 0]",
        "key=lambda run: run.id",
        "primary_key: run_id",
        "sort_keys=True",
        "api_key = os.environ",
        'password = getpass.getpass("Password: ")',
        "token = os.environ['HF_TOKEN']",
        "secret: ${{ secrets.GITHUB_TOKEN }}",
        'API_KEY="<your-api-key>"',
        "password: ********",
        "loss 0.31 @ step 5",
        "pip install scikit-learn==1.7",
        "user@host",
        "@dataclass",
        "x@y",
        "val/accuracy 10.0.1",
        "numpy 2.10.3.4",
        "/runs/20261115.html",
        "a/home/b",
        "either/or",
        "data/train.csv",
        "https://example.org/data/x.csv",
        "//cdn",
        "self.local()",
        "lr=1e-3",
        "git@github.com:ada/engine.git",
        "ssh://git@github.com/ada/engine.git",
        "d3.scaleLinear",
        "sha256:" + "0" * 64,
        "basic training of the model",
        "the bearer of news",
        "sk-learn",
        "sk-image is what we use for all of the image processing here",
        "key: value",
        "password reset flow",
        "Tokens per second: 12345.678",
        "auth: none",
        "secretary=Miss Moneypenny",
    )


def test_clean_texts_pass(look: Callable[..., Scan]) -> None:
    files = {f"{number}.txt": text.encode() for number, text in enumerate(clean())}
    found = look(files).findings
    assert [(one.id, one.masked, files[one.places[0]]) for one in found] == []
    print(f"{len(files)} clean texts, none refused")


def test_a_finding_is_told_once_with_all_its_places(look: Callable[..., Scan]) -> None:
    secret = SECRETS["github"].encode()
    result = look({"a.html": secret, "b/c.js": b"[" + secret + b"]", "d.gz": gzip.compress(secret)})
    (one,) = result.findings
    assert one.places == ("a.html", "b/c.js", "d.gz › gzip")
    assert one.masked == "ghp_… (40 characters)"
    assert (result.files, result.bytes > 80) == (3, True)


def test_what_is_allowed_passes_and_is_told(look: Callable[..., Scan]) -> None:
    data = f"{SECRETS['email']} {SECRETS['github']}".encode()
    first = look({"a": data})
    ids = {one.rule: one.id for one in first.findings}
    again = look({"a": data}, allow={ids["github"], "email"})
    assert again.findings == () and {one.rule for one in again.allowed} == {"email", "github"}
    other = look({"a": b"ghp_" + drawn(35).encode() + b"Z"}, allow={ids["github"]})
    assert len(other.findings) == 1, "another secret of the same kind is not allowed by it"


def test_words_of_the_store_are_found(look: Callable[..., Scan]) -> None:
    rules = known(["lovelace", "engine-7", "root", "x"], "the name of somebody's computer", "name")
    data = b"Trained by Lovelace on engine-7; rooted, lovelaces, engine-70, root, x"
    found = look({"a": data}, more=rules).findings
    assert {one.masked for one in found} == {"Lovelace", "engine-7"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.parquet", b"PAR1 broken PAR1"),
        ("a.gz", gzip.compress(b"x" * 1000, mtime=0)[:-9]),
        ("a.zip", b"PK\x03\x04 broken"),
        ("a.tar.xz", lzma.compress(b"x" * 1000)[:-9]),
        ("a.7z", b"7z\xbc\xaf\x27\x1c and more"),
        ("a.pdf", b"%PDF-1.7\ntrailer << /Encrypt 9 0 R >>"),
    ],
    ids=["parquet", "gzip", "zip", "xz", "7z", "pdf"],
)
def test_what_nobody_can_look_into_is_told(
    look: Callable[..., Scan], name: str, data: bytes
) -> None:
    hidden = _zip("b/" + name, data)
    for file, place in ((data, name), (hidden, f"{name} › b/{name}")):
        (one,) = look({name: file}).findings
        assert one.rule == "closed" and one.places[0].startswith(place) and one.masked
        allowed = look({name: file}, allow={one.id})
        assert not allowed.findings and allowed.allowed == (one,)


def test_what_lies_beside_something_closed_is_searched_all_the_same(
    look: Callable[..., Scan],
) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.7z", b"7z\xbc\xaf\x27\x1c and more")
        archive.writestr("b.txt", SECRETS["email"])
    found = look({"a.zip": sink.getvalue()}, allow={"closed"})
    assert [one.rule for one in found.findings] == ["email"]
    both = look({name: b"7z\xbc\xaf\x27\x1c" + name.encode() for name in ("a", "b")}).findings
    assert len({one.id for one in both}) == 2, "what is allowed is allowed for these bytes alone"


def test_random_bytes_raise_no_alarm_and_hide_nothing(tmp_path: Path) -> None:
    weights = bytearray(random.Random(0).randbytes(2 << 20))
    file = tmp_path / "weights.bin"
    words = known(["ada", "grace-pc"], "a name of this store", "word")
    chance = (b"a@b.ny", b"/ada/", b"Q@6D-g.vd", b"QWEPV@IYF.DWo:9x", b"pwD=i*Jcd4NVw:NG?_2k9&~vB")
    file.write_bytes(weights + b"\0" + b"\0".join(chance))  # what it writes into gigabytes
    assert scan({"weights.bin": file}, more=words).findings == ()
    for at, hidden in enumerate((b"ada@example.org", b"/home/ada/x", b"grace-pc"), 1):
        weights[at << 18 : at << 18] = b"\0" + hidden + b"\0"
    file.write_bytes(weights)
    found = {one.value for one in scan({"weights.bin": file}, more=words).findings}
    assert found == {"ada@example.org", "ada/x", "grace-pc", "ada"}, "the last of the path"


@pytest.mark.parametrize("rule", ["email", "huggingface", "home", "assignment", "url-password"])
def test_what_is_written_amid_numbers_is_found(look: Callable[..., Scan], rule: str) -> None:
    secret, weights = SECRETS[rule], random.Random(1).randbytes(1 << 17)
    said = json.dumps({"__metadata__": {"by": secret}}).encode()
    files = {
        "state.pkl": pickle.dumps({"by": secret, "weights": weights}),
        "old.pkl": pickle.dumps([weights, secret], protocol=2),
        "m.safetensors": len(said).to_bytes(8, "little") + said + weights,
        "m.npy": _array(secret) + weights,
        "m.h5": b"\x89HDF\r\n\x1a\n" + weights + b"\0" + secret.encode() + b"\0" + weights,
        "m.png": _png(secret, b"tEXt", b"Author\0" + secret.encode()) + weights,
    }
    found = {place.partition(" ")[0] for one in look(files).findings for place in one.places}
    assert found == set(files)


def test_a_bomb_is_told_and_does_not_explode(look: Callable[..., Scan]) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(400)) + bomb.flush()
    (one,) = look({"bomb.gz": data}).findings
    assert (one.rule, one.places) == ("closed", ("bomb.gz › gzip",))
