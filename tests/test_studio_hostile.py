"""Hostile use of the studio's server, over real sockets: it stays up, and answers others."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import re
import socket
import struct
import threading
import time
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import numpy as np
import PIL.Image
import psutil
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from benchmarks.data import folder_of_images
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pixture.demo import photograph
from pixture.studio.server.protocol import FIRST_REQUEST
from tests.studio_server import Page, Studio, running_studio

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One server for all of them: what one did would be felt by the next."""
    folder = tmp_path_factory.mktemp("studio")
    with running_studio(folder) as studio:
        studio.enter()
        yield studio
        assert studio.process.poll() is None
        # the terminal shows no fault of ours, whatever came
        assert (folder / "stderr").read_text() == "Ctrl-C ends the studio.\n"


@pytest.fixture(scope="module", autouse=True)
def silent(studio: Studio) -> Iterator[list[socket.socket]]:
    """Connections on which nothing is asked, all the time."""
    with ExitStack() as ending:
        opened = [
            ending.enter_context(socket.create_connection(("127.0.0.1", studio.port))) for _ in range(20)
        ]
        for one in opened[::2]:
            one.sendall(b"GET / HTTP/1.1\r\nHost: ")
        yield opened


OTHERS = str(uuid.uuid4())


@pytest.fixture(autouse=True)
def others_are_answered(studio: Studio) -> Iterator[None]:
    """After each test, somebody else's page works, at once."""
    yield
    began = time.monotonic()
    assert studio.get("/")[0] == 200
    with studio.page(OTHERS) as page:
        assert "error" not in page.ask("look")
    assert time.monotonic() - began < 5


# --- who is let in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example:{}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{}", "", "[::]:{}"]
)
def test_another_host_is_refused(studio: Studio, host: str) -> None:
    """So that no name that is made to lead to this computer (DNS rebinding) gets anywhere."""
    host = host.format(studio.port)
    for path in ("/", "/page/page.js", "/page/styles/studio.css"):
        status, _, body = studio.get(path, Host=host)
        assert status == 403
        assert studio.host.encode() in body
    with (
        pytest.raises(InvalidStatus) as refused,
        studio.page(headers={"Host": host}, origin=f"http://{host}"),
    ):
        pass
    assert refused.value.response.status_code in (400, 403)


def test_two_hosts_or_none_are_refused(studio: Studio) -> None:
    for head in (b"", f"Host: {studio.host}\r\nHost: evil.example\r\n".encode()):
        answer = said_to(studio, b"GET / HTTP/1.1\r\n" + head + cookie(studio) + b"\r\n")
        assert re.match(rb"HTTP/1.1 40[03] ", answer), answer[:80]
    assert b" 403 " in said_to(studio, b"GET / HTTP/1.0\r\n" + cookie(studio) + b"\r\n")[:20]


def test_our_own_names_are_let_in(studio: Studio) -> None:
    for name in ("localhost", "LOCALHOST", "127.0.0.1", "[::1]"):
        assert studio.get("/", Host=f"{name}:{studio.port}")[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1:1",
        "https://{}",
        "http://{}.evil.example",
        "http://localhost:{port}",
        "{}",
        "",
    ],
)
def test_a_page_from_elsewhere_is_not_connected(studio: Studio, origin: str | None) -> None:
    origin = origin and origin.format(studio.host, port=studio.port)
    with pytest.raises(InvalidStatus) as refused, studio.page(origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_without_the_cookie_nothing_is_shown(studio: Studio) -> None:
    name = studio.cookie.partition("=")[0]
    for value in (
        "",
        f"{name}=",
        f"{name}=0",
        f"{name}={'a' * 43}",
        '"==,',
        f"{name.upper()}=x",
        f'{name}="; {name}',
    ):
        for path in ("/", "/page/page.js", "/no-such-page", "/socket"):
            assert studio.get(path, Cookie=value)[0] == 403, (path, value)
        with pytest.raises(InvalidStatus) as refused, studio.page(headers={"Cookie": value}):
            pass
        assert refused.value.response.status_code == 403
    used = studio.link.partition("/?")[2]
    for token in (used, "token=", "token=" + "a" * 5000, "token=%00", "token[]=x", "x&" * 50):
        status, headers, _ = studio.get(f"/?{token}", known=False)
        assert status == 403, token
        assert "set-cookie" not in headers


def cookie(studio: Studio) -> bytes:
    return f"Cookie: {studio.cookie}\r\n".encode()


# --- paths -------------------------------------------------------------------------------------------------


def test_no_path_leads_out_of_the_page(studio: Studio) -> None:
    for path in (
        "/page/../server/access.py", "/page/%2e%2e/server/access.py", "/page/..%2fserver/access.py",
        "/page/..%5c..%5cserver%5caccess.py", "/page//etc/passwd", "/page/%2fetc/passwd",
        "/page/page.html", "/page/", "/page", "/page/page.js/", "/page/page.js%00.css",
        "/../../../../etc/passwd", "//etc/passwd", "/page/core/../page.js", "/%70age/%2e/page.js",
        "/page/tsconfig.json", "/openapi.json", "/.env",
    ):  # fmt: skip
        status, _, body = studio.get(path)
        assert status == 404, path
        assert b"root:" not in body
        assert b"import" not in body
    head = f"GET http://{studio.host}/etc/passwd HTTP/1.1\r\nHost: {studio.host}\r\n".encode()
    answer = said_to(studio, head + cookie(studio) + b"\r\n")
    assert b" 404 " in answer[:20]


def test_a_session_is_a_uuid_and_no_path(studio: Studio) -> None:
    for name in (
        "../../../tmp/x",
        "",
        "%2e%2e",
        "a" * 1000,
        str(uuid.uuid4()) + "/..",
    ):
        with studio.page(name or "-") as page:
            assert ended(page) == 1008


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.png",
        "..",
        "/etc/passwd",
        "C:\\evil.png",
        "a\0b.png",
        "é" * 255,
        "\ud800.png",
        "<img src=x onerror=alert(1)>",
    ],
)
def test_a_file_is_sent_under_any_name(studio: Studio, name: str) -> None:
    with studio.page() as page:
        run = page.upload(png(np.arange(24, dtype=np.uint8).reshape(4, 6)), name)
        assert run["status"] == "done", run
        shown = page.state["image"]["name"]
        assert "/" not in shown
        assert "\\" not in shown


# --- what is sent ------------------------------------------------------------------------------------------


def test_ten_gigabytes_are_refused_before_they_come(studio: Studio) -> None:
    with studio.page() as page:
        answer = page.ask("begin-upload", name="a.tif", bytes=10**10)
        assert "10,000 MB" in answer["error"]
        for size in (-1, 0, 2**60, 1.5, "1", None, True):
            assert "error" in page.ask("begin-upload", name="a.tif", bytes=size)
        begun = page.ask("begin-upload", name="a.tif", bytes=10)
        assert "announced" in page.ask("upload-part", [b"x" * 11], upload=begun["upload"])["error"]
        assert "error" in page.ask("upload-part", [b"x"], upload=begun["upload"])
    for method in ("POST", "PUT"):
        head = f"{method} / HTTP/1.1\r\nHost: {studio.host}\r\nContent-Length: 10000000000\r\n".encode()
        began = time.monotonic()
        refused = said_to(studio, head + cookie(studio) + b"\r\n" + b"x" * 100_000)
        assert b" 405 " in refused[:20]
        assert time.monotonic() - began < 5
    with raw_socket(studio) as raw:  # the header of a frame of 10 GB
        raw.sendall(bytes([0x82, 0x80 | 127]) + struct.pack(">Q", 10**10) + b"mask" + b"x" * 1000)
        assert closing_code(raw) == 1009


def test_a_frame_that_is_too_large_is_not_taken(studio: Studio) -> None:
    before = studio.memory
    # what is not read any more may cost the client the reason
    parts: tuple[bytes | list[bytes], ...] = (b"\0" * (17 * MEGABYTE), [b"\0" * MEGABYTE] * 40)
    for said in parts:  # whole, and in fragments
        with studio.page() as page:
            with suppress(ConnectionClosed):
                page.socket.send(said)
            assert ended(page) in (1009, None)
    with studio.page() as page:
        page.socket.send('"' + "a" * (5 * MEGABYTE) + '"')
        assert ended(page) == 1009
    assert studio.memory - before < 150 * MEGABYTE


def test_decompression_bombs_are_refused(studio: Studio) -> None:
    before, temporary = studio.memory, studio.said.parent / "tmp"
    with studio.page() as page:
        run = page.upload(png_bomb(100_000, 100_000), "bomb.png")
        assert run["status"] == "failed"
        assert run["sentence"].startswith("bomb.png: the file claims 100,000 x 100,000 pixels")
        assert "--max-pixels" in run["sentence"]
        run = page.upload(session_bomb(), "bomb.pixture-session")
        assert run["status"] == "failed", run
    assert studio.memory - before < 150 * MEGABYTE
    assert sum(path.stat().st_size for path in temporary.rglob("*") if path.is_file()) < 100 * MEGABYTE


@pytest.mark.parametrize("name", ["picture.png", "picture.jpg", "picture.svg", "picture.html"])
def test_a_page_or_a_drawing_is_no_image(studio: Studio, name: str) -> None:
    with studio.page() as page:
        for content in (
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>",
            b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
            b"<!doctype html><script>alert(1)</script>",
            b"GIF89a/*<svg onload=alert(1)>*/=1;alert(1)//",
        ):
            run = page.upload(content, name)
            assert run["status"] == "failed", run
            assert run["sentence"].startswith(f"{name}: "), run
    # nothing that was sent can be fetched: there is no address for it
    assert studio.get(f"/{name}")[0] == 404


def test_damaged_files_end_no_server(studio: Studio) -> None:
    folder = folder_of_images() / "hostile"
    files = (
        sorted(folder.glob("*/*crash*")) + sorted(folder.glob("*/*bomb*")) + sorted(folder.glob("*/*oom*"))
    )
    files += sorted(folder.glob("reported/*.tif"))
    if not files:
        pytest.skip("they are not in hostile/ of what PIXTURE_TEST_DATA names")
    with studio.page() as page:
        page.ask("choose", choices={"components": 2})
        for path in files:
            run = page.upload(path.read_bytes(), path.name)
            if run["status"] == "failed":
                assert "inside pixture" not in run["sentence"], (path.name, run)


# --- what is said ------------------------------------------------------------------------------------------


def binary(says: object, rest: bytes = b"", length: int | None = None) -> bytes:
    text = json.dumps(says).encode()
    return (len(text) if length is None else length).to_bytes(4, "little") + text + rest


MALFORMED: dict[str, str | bytes] = {
    "no JSON": "{",
    "empty": "",
    "an array": "[]",
    "a number": "1",
    "NaN": '{"ask": "look", "id": NaN}',
    "deep nesting": "[" * 200_000,
    "deep nesting that ends": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "a long number": '{"a": ' + "9" * 100_000 + "}",
    "nothing": b"",
    "three bytes": b"\1\0\0",
    "a length beyond the frame": binary({}, length=2**32 - 1),
    "no lengths": binary({"ask": "look", "id": 1}),
    "lengths that are none": binary({"_lengths": 3}),
    "a negative length": binary({"_lengths": [-1, 1]}, b""),
    "a length of a million digits": b"\x10\0\0\0" + b'{"_lengths":[9' + b"9" * 1000,
    "too few bytes": binary({"_lengths": [4]}, b"abc"),
    "too many bytes": binary({"_lengths": [2]}, b"abc"),
    "many buffers": binary({"_lengths": [0] * 100_000}),
    "true for a length": binary({"_lengths": [True]}, b"a"),
    "no UTF-8": b"\x04\0\0\0\xff\xfe{}",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_message_closes_its_connection_alone(studio: Studio, what: str) -> None:
    session = str(uuid.uuid4())
    with studio.page(session) as beside, studio.page(session) as page:
        page.socket.send(MALFORMED[what])
        assert ended(page) == 1007
        assert "error" not in beside.ask("look")


def test_odd_questions_are_answered_or_refused(studio: Studio) -> None:
    with studio.page() as page:
        for says in (
            {},
            {"ask": 1, "id": 1},
            {"ask": "look"},
            {"ask": "look", "id": "1"},
            {"ask": "look", "id": True},
        ):
            page.say(says)
        while "refused" not in page.state:
            page.hear()
        for name in ("no such question", "", "__class__", "look\0", "a" * 10_000):
            assert "There is no question" in page.ask(name)["error"]


def test_every_question_takes_anything(studio: Studio) -> None:
    """Whatever is said to a question, with an image and without, it is answered: at most by a refusal."""
    from pixture.studio.session.questions import QUESTIONS

    odd: list[object] = [
        None,
        True,
        -1,
        2**70,
        1e308,
        "",
        "x" * 5000,
        "\ud800",
        [],
        [[]],
        {},
        {"a": 1},
        "../..",
        ["x"] * 50,
    ]
    drawn = random.Random(0)
    words = sorted(
        {
            *(
                "path",
                "name",
                "bytes",
                "upload",
                "choices",
                "label",
                "labels",
                "row",
                "column",
                "level",
                "plane",
            ),
            *(
                "x",
                "y",
                "layer",
                "component",
                "step",
                "at",
                "channels",
                "strokes",
                "box",
                "number",
                "mark",
                "to",
            ),
        }
    )
    with studio.page(str(uuid.uuid4())) as page:
        for has_image in (False, True):
            if has_image:
                assert (
                    page.upload(png(np.arange(96, dtype=np.uint8).reshape(8, 12)), "a.png")["status"]
                    == "done"
                )
            for question in QUESTIONS:
                if question in ("open-path", "save-by-itself"):
                    continue
                for _ in range(6):
                    says = {name: drawn.choice(odd) for name in drawn.sample(words, 12)}
                    answer = page.ask(question, [b"abc"] * drawn.randrange(3), **says)
                    assert "inside pixture" not in answer.get("error", ""), (question, says)


def test_frames_that_the_protocol_forbids_close_the_connection(studio: Studio) -> None:
    for what, frame in {
        "not masked": bytes([0x81, 2]) + b"{}",
        "a reserved bit": masked(0xC1, b"{}"),
        "an unknown opcode": masked(0x83, b"{}"),
        "a continuation of nothing": masked(0x80, b"{}"),
        "a fragmented ping": masked(0x09, b"{}"),
        "a long ping": bytes([0x89, 0x80 | 126, 0, 200]) + b"\0" * 204,
        "text that is no UTF-8": masked(0x81, b"\xff\xfe"),
        "text within a fragment": masked(0x01, b"{") + masked(0x81, b"}"),
        "a close of one byte": masked(0x88, b"\x03"),
        "a close of no known code": masked(0x88, b"\x00\x01"),
        "noise": random.Random(1).randbytes(4096),
    }.items():
        with raw_socket(studio) as raw:
            raw.sendall(frame)
            assert closing_code(raw) in (None, 1002, 1007, 1009), what
    with raw_socket(studio) as raw:  # fragments that never end: they are no more than one message
        with suppress(OSError):
            raw.sendall(bytes([0x02, 0x80 | 127]) + struct.pack(">Q", MEGABYTE) + b"\0" * (4 + MEGABYTE))
            for _ in range(40):
                raw.sendall(bytes([0x00, 0x80 | 127]) + struct.pack(">Q", MEGABYTE) + b"\0" * (4 + MEGABYTE))
        assert closing_code(raw) in (None, 1009)


def test_a_wrong_frame_while_answers_are_sent_is_no_fault_of_the_server(studio: Studio) -> None:
    wrong = masked(0x83, b"{}")
    for asked in range(0, 60, 3):
        asking = b"".join(text_frame({"ask": "look", "id": at}) for at in range(asked))
        with raw_socket(studio) as raw:
            raw.sendall(asking)
            time.sleep(asked / 10_000)  # until some of them are answered, and some are not
            raw.sendall(wrong)
            assert closing_code(raw) in (None, 1002, 1008)
    # that the terminal shows nothing of it is seen when the server ends


def test_no_http_at_all_is_answered_in_kind(studio: Studio) -> None:
    for said in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        b"\0" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
    ):
        assert said_to(studio, said + b"\r\n\r\n")[:12] in (
            b"HTTP/1.1 400",
            b"HTTP/1.1 403",
            b"HTTP/1.1 505",
        ), said
    long = b"GET / HTTP/1.1\r\nHost: " + studio.host.encode() + b"\r\nX: " + b"a" * 200_000 + b"\r\n\r\n"
    assert b" 400 " in said_to(studio, long)[:20]


# --- how much ----------------------------------------------------------------------------------------------


def test_fifty_sockets_at_once_are_all_answered(studio: Studio) -> None:
    sessions = [str(uuid.uuid4()) for _ in range(7)]
    pages: list[Page] = []
    with ExitStack() as ending:
        for number in range(50):
            pages.append(ending.enter_context(studio.page(sessions[number % 7])))
        said = png(np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8))
        for page in pages[:7]:
            assert page.upload(said, "a.png")["status"] == "done"
        threads = [threading.Thread(target=page.ask, args=("look",)) for page in pages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()
        for page in pages:
            assert page.until("done", number=1)
        # and there is an end to it
        more = [ending.enter_context(studio.page(sessions[number % 7])) for number in range(50, 56)]
        assert all("error" not in page.ask("look") for page in more)
        ninth = ending.enter_context(studio.page(sessions[0]))
        assert ended(ninth) == 1013
        assert "8 pages show this session" in ending_reason(ninth)
        for _ in range(8):
            more.append(ending.enter_context(studio.page(OTHERS)))
            more[-1].ask("look")
        over = ending.enter_context(studio.page(str(uuid.uuid4())))
        assert ended(over) == 1013
        assert "64 pages are connected" in ending_reason(over)


def test_there_is_an_end_to_sessions(studio: Studio) -> None:
    refused = []
    with ExitStack() as ending:
        for _ in range(20):
            page = ending.enter_context(studio.page(str(uuid.uuid4())))
            with suppress(ConnectionClosed):
                page.ask("look")
                continue
            refused.append(ending_reason(page))
    assert refused
    assert all("16 sessions already" in reason for reason in refused)


def test_a_client_that_does_not_read_costs_little(studio: Studio) -> None:
    """Runs, frames and states go on beside it; what it asks without reading ends it."""
    session = str(uuid.uuid4())

    def peak_of_runs(page: Page) -> int:
        peak = 0
        for number in range(6):
            page.ask("choose", choices={"components": 2 + number % 3})
            page.until("done", number=page.ask("run")["run"])
            time.sleep(0.5)  # until what the run took is given back
            peak = max(peak, studio.memory)
        return peak

    with studio.page(session) as page, ExitStack() as ending:
        assert page.upload(photograph("china").read_bytes(), "china.jpg")["status"] == "done"
        peak_of_runs(page)  # what the first ones load stays
        before = peak_of_runs(page)
        for _ in range(7):
            ending.enter_context(raw_socket(studio, session, receive=4096))
        grown = peak_of_runs(page) - before
        print(f"seven that do not read, six runs: {grown / MEGABYTE:+.0f} MB")
        assert grown < 100 * MEGABYTE
    with raw_socket(studio, session, receive=4096) as raw:
        before = studio.memory
        began = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - began < 20:
                raw.sendall(text_frame({"ask": "look", "id": 1}) * 100)
        seconds, grown = time.monotonic() - began, studio.memory - before
        print(f"ended {seconds:.1f} s after it began to ask without reading: {grown / MEGABYTE:+.0f} MB")
        assert seconds < 20
        assert grown < 100 * MEGABYTE


def cancelled_every_50_ms(studio: Studio, seconds: float) -> None:
    with studio.page() as page:
        assert page.upload(photograph("china").read_bytes(), "china.jpg")["status"] == "done"
        page.ask("choose", choices={"components": 12, "tol": 1e-9})
        process = psutil.Process(studio.process.pid)
        runs, before, threads = 0, 0, 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            begun = page.ask("run")
            time.sleep(0.05)
            if runs % 3:  # else another run takes its place
                page.ask("cancel")
            runs += 1
            assert begun["run"] >= runs
            if runs == 10:
                before, threads = studio.memory, process.num_threads()
        page.ask("cancel")
        page.until("cancelled", "done", number=begun["run"])
        grown = studio.memory - before
        print(
            f"{runs} runs cancelled: {grown / MEGABYTE:+.0f} MB, {threads} to {process.num_threads()} threads"
        )
        assert grown < 100 * MEGABYTE
        assert process.num_threads() <= threads + 4
        page.ask("choose", choices={"components": 3, "tol": None})
        begun = page.ask("run")
        run = page.until("done", "failed", "cancelled", number=begun["run"])
        assert run["status"] == "done"
        assert len(page.state["result"]["components"]) == 3


def test_runs_are_cancelled_every_50_ms(studio: Studio) -> None:
    cancelled_every_50_ms(studio, 3)


@pytest.mark.slow
def test_runs_are_cancelled_every_50_ms_for_a_minute(studio: Studio) -> None:
    cancelled_every_50_ms(studio, 60)


def test_an_upload_is_opened_again_and_again_and_given_up(studio: Studio) -> None:
    """What is being read is given up where another file comes: the process that reads is killed."""
    wide = io.BytesIO()
    PIL.Image.new("L", (9000, 9000)).save(wide, "png", compress_level=1)
    content = wide.getvalue()
    with studio.page() as page:
        for _ in range(4):
            begun = page.ask("begin-upload", name="wide.png", bytes=len(content))
            page.ask("upload-part", [content], upload=begun["upload"])
            time.sleep(0.1)
            page.ask("cancel")
        run = page.upload(png(np.arange(24, dtype=np.uint8).reshape(4, 6)), "small.png")
        assert run["status"] == "done"
        assert page.state["image"]["name"] == "small.png"


def test_who_asks_for_nothing_is_broken_off(silent: list[socket.socket]) -> None:
    """Those who connected before all others and said nothing, or not all of it, are gone."""
    for one in silent:
        one.settimeout(FIRST_REQUEST + 5)
        with suppress(ConnectionResetError):
            assert one.recv(1) == b""


# --- means -------------------------------------------------------------------------------------------------


def png(pixels: object) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(np.asarray(pixels)).save(file, "png")
    return file.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of few bytes that claims many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0" * 10 * MEGABYTE, 9))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


def session_bomb() -> bytes:
    """Return a file that says that it is a session, in 200 MB of spaces."""
    from pixture.studio.session_file.session_file import SAYS

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(SAYS, "w") as member:
        for _ in range(200):
            member.write(b" " * MEGABYTE)
    return file.getvalue()


def ended(page: Page) -> int | None:
    """Return the code with which a connection is closed."""
    try:
        while True:
            page.hear()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else None


def ending_reason(page: Page) -> str:
    return page.socket.close_reason or ""


def said_to(studio: Studio, said: bytes) -> bytes:
    """Return what is answered to any bytes."""
    with socket.create_connection(("127.0.0.1", studio.port), timeout=20) as raw:
        found = b""
        with suppress(ConnectionResetError, BrokenPipeError):
            raw.sendall(said)
        with suppress(ConnectionResetError):
            while b"\r\n\r\n" not in found and (part := raw.recv(65536)):
                found += part
        return found


def raw_socket(studio: Studio, session: str | None = None, receive: int | None = None) -> socket.socket:
    """Return a socket on which a WebSocket has been opened, to say anything; `receive` limits its buffer."""
    raw = socket.socket()
    if receive is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    raw.settimeout(20)
    raw.connect(("127.0.0.1", studio.port))
    key = base64.b64encode(os.urandom(16)).decode()
    raw.sendall(
        f"GET /socket?session={session or uuid.uuid4()} HTTP/1.1\r\nHost: {studio.host}\r\n"
        f"Origin: http://{studio.host}\r\nCookie: {studio.cookie}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += raw.recv(1)
    assert head.startswith(b"HTTP/1.1 101 "), head
    return raw


def text_frame(says: object) -> bytes:
    return masked(0x81, json.dumps(says).encode())


def masked(first: int, payload: bytes) -> bytes:
    """Return a frame of a client: its first byte, and few bytes."""
    assert len(payload) < 126
    return bytes([first, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def closing_code(raw: socket.socket) -> int | None:
    """Return the code of the frame that closes a connection; None where it is broken off without one."""
    found = b""
    with suppress(ConnectionResetError):
        while part := raw.recv(65536):
            found += part
    at = 0
    while at + 2 <= len(found):  # the server's frames are not masked
        opcode, length = found[at] & 0x0F, found[at + 1] & 0x7F
        at += 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length = int.from_bytes(found[at : at + size])
            at += size
        if opcode == 8:
            return int.from_bytes(found[at : at + 2])
        at += length
    return None
