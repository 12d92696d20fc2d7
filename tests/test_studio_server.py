"""The studio's server: who is let in, the page and its files, sessions, uploads, and how it ends."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
import PIL.Image
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from benchmarks.data import folder_of_images
from click.testing import CliRunner
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.exceptions import ConnectionClosed

from pixture.cli import app
from pixture.demo import photograph
from pixture.errors import ChoiceError, ReadError
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.read import read
from pixture.stopping import GivenUp, given_up_when
from pixture.studio.server.access import Access
from pixture.studio.server.decoding import Decoder
from pixture.studio.server.message_frames import MalformedMessage, framed, read_frame
from pixture.studio.server.page_files import load_page
from pixture.studio.server.protocol import WebSocketProtocol
from pixture.studio.server.serve import listening
from pixture.studio.server.sessions import Bounds, NotTaken, Sessions
from pixture.studio.server.upload_folder import upload_folder
from pixture.studio.server.view_socket import View
from pixture.studio.session.document import OpenedImage
from pixture.studio.session.messages import Answer
from pixture.studio.session.outbox import Outbox
from pixture.studio.session.questions import new_session
from tests.studio_server import Page, Studio, running_studio

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and processes as POSIX has them")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One server for the module."""
    with running_studio(tmp_path_factory.mktemp("studio")) as studio:
        studio.enter()
        yield studio


def png(pixels: object) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(np.asarray(pixels)).save(file, "png")
    return file.getvalue()


# --- the link, and the page --------------------------------------------------------------------------------


def test_a_link_in_another_page_opens_ours(studio: Studio) -> None:
    """Browsers keep a SameSite=Strict cookie back then, until a page of ours asks."""
    status, _, body = studio.get("/", known=False, Sec_Fetch_Site="cross-site")
    assert status == 403
    assert b'http-equiv="refresh" content="0;url=/"' in body


def test_the_page_links_every_module_and_style(studio: Studio) -> None:
    status, headers, body = studio.get("/")
    assert status == 200
    assert headers["cache-control"] == "no-store"
    html = body.decode()
    page = load_page()
    for address in page.files:
        assert f'"{address}"' in html
        status, headers, content = studio.get(address)
        assert status == 200
        assert content == page.files[address].content
        assert headers["x-content-type-options"] == "nosniff"
        assert studio.get(address, If_None_Match=headers["etag"])[0] == 304
    assert html.index("studio.css") < min(
        at.start()
        for at in re.finditer(r'stylesheet" href', html)
        if "studio.css" not in html[at.start() :][:60]
    )


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(studio: Studio) -> None:
    _, headers, body = studio.get("/")
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    html = body.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|https?://", html)


def test_the_page_is_small() -> None:
    """Under 400 kB, each file compressed by itself as a server on the web would."""
    page = load_page()
    sizes = [len(gzip.compress(one)) for one in (page.html, *(file.content for file in page.files.values()))]
    print(f"{len(sizes)} files, {sum(sizes) / 1000:.0f} kB compressed")
    assert sum(sizes) < 400_000


def test_every_import_of_a_module_is_a_file_of_the_page() -> None:
    files = load_page().files
    for address, file in files.items():
        for named in re.findall(rb'^(?:import|export)[^;]*?from "([^"]+)"', file.content, re.MULTILINE):
            found = os.path.normpath(os.path.join(os.path.dirname(address), named.decode()))  # noqa: PTH118, PTH120
            assert named.startswith(b"."), f"{address} imports {named.decode()}"
            assert found in files, f"{address} imports {named.decode()}"


@given(st.text())
def test_only_our_own_names_are_hosts(name: str) -> None:
    access = Access("127.0.0.1", 8421)
    known = {"localhost:8421", "127.0.0.1:8421", "[::1]:8421"}
    assert access.is_host(name) == (name.lower() in known)
    assert not access.is_known(name)
    assert access.take(name) is None


def test_all_of_the_computer_s_addresses_are_hosts_where_it_listens_at_all() -> None:
    access = Access("0.0.0.0", 80)
    assert access.is_host("127.0.0.1")
    assert access.is_host(socket.gethostname())
    assert not access.is_host("elsewhere.example")
    assert access.address == "http://127.0.0.1:80/"


# --- messages ----------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(max_size=5), json_values, max_size=4).filter(lambda says: "_lengths" not in says),
    st.lists(st.binary(max_size=40), max_size=4),
)
def test_a_message_comes_back_as_it_went(says: dict[str, object], buffers: list[bytes]) -> None:
    found, views = read_frame(framed(says, buffers))
    assert found == says
    assert [bytes(view) for view in views] == buffers


@given(st.binary(max_size=60))
def test_any_frame_is_a_message_or_refused(frame: bytes) -> None:
    with suppress(MalformedMessage):
        says, buffers = read_frame(frame)
        assert isinstance(says, dict)
        assert all(isinstance(one, memoryview) for one in buffers)


def test_what_json_lacks_is_null() -> None:
    assert framed({"a": [float("nan"), (1.5, float("inf"))]}) == '{"a":[null,[1.5,null]]}'


# --- sessions ----------------------------------------------------------------------------------------------


def test_a_session_outlives_its_connection(studio: Studio) -> None:
    name = str(uuid.uuid4())
    with studio.page(name) as page:
        page.upload(png(np.arange(48, dtype=np.uint8).reshape(6, 8)), "steps.png")
        began = page.state["session"]
    with studio.page(name) as page:
        page.ask("look")
        assert page.state["image"]["name"] == "steps.png"
        assert page.state["session"] == began
    with studio.page(str(uuid.uuid4())) as page:
        page.ask("look")
        assert page.state.get("image") is None
        assert page.state["session"] != began


def test_sessions_expire_and_their_files_go(tmp_path: Path) -> None:
    sessions = Sessions(new_session, tmp_path, bounds=Bounds(hours=0.0))
    view = Outbox(lambda: None)
    name = str(uuid.uuid4())
    session = sessions.look(name, view)
    sessions.end_old_ones()
    assert (tmp_path / name).is_dir()  # somebody looks at it
    session.detach(view)
    time.sleep(0.01)
    sessions.end_old_ones()
    assert not (tmp_path / name).exists()
    assert sessions.look(name, view) is not session


def test_there_are_so_many_sessions_and_views_at_most(tmp_path: Path) -> None:
    sessions = Sessions(new_session, tmp_path, bounds=Bounds(sessions=2, views=4, views_of_one=3))
    one, two, three = (str(uuid.uuid4()) for _ in range(3))
    view = Outbox(lambda: None)
    for _ in range(3):
        first = sessions.look(one, view)
    with pytest.raises(NotTaken, match="3 pages show this session"):
        sessions.look(one, view)
    second = sessions.look(two, view)
    with pytest.raises(NotTaken, match="4 pages are connected"):
        sessions.look(three, view)
    first.detach(view)  # all three: they are one object here
    first.attach(view)
    with pytest.raises(NotTaken, match="2 sessions already"):
        sessions.look(three, view)
    second.detach(view)
    third = sessions.look(three, view)  # the second held nothing, and nobody looked at it
    third.change(opened=OpenedImage("a.png", image_from_array(np.zeros((2, 2), np.uint8))))
    third.detach(view)
    with pytest.raises(NotTaken, match="2 sessions already"):
        sessions.look(two, view)  # the page of the third may be on its way back
    third.last_used -= 61
    sessions.look(two, view)
    for name in ("", "../x", "A" * 36, str(uuid.uuid4()).upper()):
        with pytest.raises(NotTaken) as refused:
            sessions.look(name, view)
        assert refused.value.code == 1008
    sessions.end()


def test_a_refused_page_is_told_why(studio: Studio) -> None:
    with studio.page("no-uuid") as page, pytest.raises(ConnectionClosed) as closed:
        page.hear()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert "UUID" in closed.value.rcvd.reason


def test_a_photograph_is_sent_segmented_and_told_of(studio: Studio) -> None:
    content = photograph("china").read_bytes()
    with studio.page() as page:
        run = page.upload(content, "../../china.jpg")
        assert run["status"] == "done", run
        assert page.state["image"]["name"] == "china.jpg"
        assert len(page.state["result"]["components"]) == 4
        assert any("frame" in message for message in page.told)
        values = [m["step"]["log_likelihood"] for m in page.told if "step" in m]
        assert len(values) >= 2
        assert values[-1] > values[0]


def test_what_cannot_be_read_is_said_with_its_own_name(studio: Studio) -> None:
    with studio.page() as page:
        run = page.upload(b"no image at all", "notes.txt")
        assert run["status"] == "failed"
        assert run["sentence"].startswith("notes.txt: "), run["sentence"]


# --- reading in another process ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.end()


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of 150 million pixels in few bytes."""
    path = tmp_path_factory.mktemp("wide") / "wide.png"
    PIL.Image.new("L", (15_000, 10_000)).save(path, compress_level=1)
    return path


def test_an_image_arrives_as_it_is_read(decoder: Decoder, tmp_path: Path) -> None:
    PIL.Image.fromarray(np.dstack([np.eye(6, dtype=np.uint8) * 255] * 4)).save(tmp_path / "masked.png")
    np.save(tmp_path / "grey.npy", np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32))
    for path in (photograph("china"), tmp_path / "masked.png", tmp_path / "grey.npy"):
        here, there = read(path), decoder.read(path)
        assert repr(here) == repr(there)
        assert here.pixels.tobytes() == there.pixels.tobytes()
        assert there.origin is not None
        assert here.origin is not None
        assert (there.origin.sha256, there.origin.place) == (here.origin.sha256, here.origin.place)
        assert (here.mask is None) == (there.mask is None)
        if here.mask is not None and there.mask is not None:
            np.testing.assert_array_equal(here.mask, there.mask)


def test_where_pixels_lie_arrives(decoder: Decoder, tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    affine = np.array([[0, -2.0, 0, 1], [3, 0, 0, 2], [0, 0, 4, 3], [0, 0, 0, 1]])
    nibabel.save(
        nibabel.Nifti1Image(np.arange(60, dtype=np.int16).reshape(3, 4, 5), affine), tmp_path / "a.nii"
    )
    here, there = read(tmp_path / "a.nii"), decoder.read(tmp_path / "a.nii")
    assert here.place is not None
    assert there.place is not None
    assert (here.place.family, here.place.in_words) == (there.place.family, there.place.in_words)


def test_large_photographs_arrive_quickly(decoder: Decoder) -> None:
    path = folder_of_images() / "large_photos" / "Elephants_5640x3172.jpg"
    if not path.exists():
        pytest.skip("it is not in large_photos/ of what PIXTURE_TEST_DATA names")
    decoder.read(path)
    began = time.perf_counter()
    read(path)
    here = time.perf_counter() - began
    began = time.perf_counter()
    there = decoder.read(path)
    seconds = time.perf_counter() - began
    assert there.size == 5640 * 3172
    print(f"18 MP JPEG: {here:.2f} s here, {seconds:.2f} s by another process")


def test_a_missing_file_is_refused_in_the_same_words(decoder: Decoder, tmp_path: Path) -> None:
    with pytest.raises(ReadError) as here:
        read(tmp_path / "nothing.png")
    with pytest.raises(ReadError) as there:
        decoder.read(tmp_path / "nothing.png")
    assert str(here.value) == str(there.value)


def test_reading_is_given_up(decoder: Decoder, wide: Path) -> None:
    until = time.monotonic() + 0.1
    with pytest.raises(GivenUp), given_up_when(lambda: time.monotonic() > until):
        decoder.read(wide)
    assert time.monotonic() - until < 1
    assert decoder.read(photograph("china")).shape == (427, 640)


def test_what_takes_too_long_is_ended(wide: Path) -> None:
    decoder = Decoder(seconds=0.1)
    try:
        decoder.warm()
        time.sleep(2)  # that it is not ready either counts
        with pytest.raises(ReadError, match=r"wide\.png: it takes longer than 0\.1 seconds"):
            decoder.read(wide)
    finally:
        decoder.end()


@posix
def test_what_takes_too_much_memory_is_refused(wide: Path) -> None:
    decoder = Decoder(memory=2**27)
    try:
        with pytest.raises(ReadError, match="not enough memory"):
            decoder.read(wide)
        assert decoder.read(photograph("china")).shape == (427, 640)
    finally:
        decoder.end()


@posix
def test_a_process_that_is_killed_is_told_of_and_replaced(decoder: Decoder, wide: Path) -> None:
    decoder.read(photograph("china"))

    def kill() -> None:
        time.sleep(0.1)
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()

    killing = threading.Thread(target=kill)
    killing.start()
    with pytest.raises(ReadError, match=r"wide\.png: the process that read it ended"):
        decoder.read(wide)
    killing.join()
    assert decoder.read(photograph("china")).shape == (427, 640)


# --- the command -------------------------------------------------------------------------------------------


def test_a_file_that_is_no_image_is_refused_at_once(tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("nothing")
    done = CliRunner().invoke(app, ["studio", "--no-open", str(bad)])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "bad.txt" in done.stderr


def test_a_port_that_is_taken_is_refused_in_a_sentence(studio: Studio) -> None:
    said = rf"Nothing can listen at 127\.0\.0\.1:{studio.port} \(.+\)\. Choose another --port"
    with pytest.raises(ChoiceError, match=said), listening("127.0.0.1", studio.port):
        pass
    with (
        pytest.raises(ChoiceError, match=r"Nothing can listen at 192\.0\.2\.1:0 "),
        listening("192.0.2.1", 0),
    ):
        pass
    with pytest.raises(ChoiceError, match="Nothing can listen at no address"), listening("no address", None):
        pass


def test_a_link_lets_one_browser_in_and_a_signal_ends_it_all(tmp_path: Path) -> None:
    with running_studio(tmp_path, str(photograph("flower"))) as studio:
        lets_one_browser_in(studio)
        with studio.page() as page:
            assert page.until("done", number=1)
            assert page.state["image"]["name"] == "flower.jpg"
        ends(studio, tmp_path, signal.SIGINT, 130)


def lets_one_browser_in(studio: Studio) -> None:
    path = studio.link.removeprefix(f"http://{studio.host}")
    assert studio.get("/", known=False)[0] == 403
    assert studio.get(path, known=False, method="HEAD")[0] == 403  # who looks ahead does not use it up
    status, headers, _ = studio.get(path, known=False)
    assert (status, headers["location"]) == (303, "/")
    cookie = headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert cookie.startswith(f"pixture-studio-{studio.port}=")
    assert studio.links == [studio.link]
    status, _, body = studio.get(path, known=False)  # the link again, in another browser
    assert status == 403
    assert b"shows a new link" in body
    assert len(studio.links) == 2
    assert studio.get(path, known=False)[0] == 403
    assert len(studio.links) == 2  # the new one is still good
    studio.link = studio.links[1]
    studio.enter()
    assert studio.get("/")[0] == 200
    # a browser that is known, and the link once more: the token does not stay in the address
    assert studio.get(path)[:1] == (303,)


@pytest.mark.slow
@posix
def test_sigterm_ends_it_all_too(tmp_path: Path) -> None:
    with running_studio(tmp_path) as studio:
        studio.enter()
        ends(studio, tmp_path, signal.SIGTERM, 143)


def ends(studio: Studio, folder: Path, number: signal.Signals, status: int) -> None:
    """A signal ends the server while it works, soon, and nothing is left but what is saved."""
    with studio.page() as page:
        page.upload(photograph("china").read_bytes(), "china.jpg")
        assert list((folder / "tmp").glob(".pixture-*.part/*/*/china.jpg"))
        children = psutil.Process(studio.process.pid).children(recursive=True)
        assert children  # the process that reads
        page.ask("choose", choices={"components": 9})
        page.ask("run")
        began = time.monotonic()
        studio.process.send_signal(number)
        assert studio.process.wait(10) == status
        print(f"ended after {time.monotonic() - began:.2f} s")
        assert time.monotonic() - began < 5  # after which it would have been ended by force
        with pytest.raises(ConnectionClosed):
            hear_all(page)
    assert not list((folder / "tmp").iterdir())
    _, alive = psutil.wait_procs(children, 5)
    assert not alive
    said = (folder / "stderr").read_text()
    assert "Traceback" not in said, said
    assert said.count("\n") <= 3, said
    # a change of the last moment is saved all the same
    assert list((folder / "data" / "pixture" / "sessions").glob("*.pixture-session"))


def hear_all(page: Page) -> NoReturn:
    while True:
        page.hear()


@pytest.mark.slow
@posix
def test_what_a_killed_server_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_studio(tmp_path) as studio:
        left = list((tmp_path / "tmp").glob(".pixture-*.part"))
        assert len(left) == 1
        assert left[0].stat().st_mode & 0o077 == 0
        studio.process.kill()
        studio.process.wait(10)
    assert left[0].is_dir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    with upload_folder() as folder:
        assert not left[0].exists()
        assert folder.is_dir()


def test_the_extra_is_named_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("pixture.commands.studio")
    monkeypatch.setattr(module, "NEEDED", ("a_server_that_is_not_there",))
    done = CliRunner().invoke(app, ["studio"])
    assert done.exit_code == 2
    assert "pip install 'pixture[studio]'" in done.output


def test_the_help_of_the_command_loads_no_server() -> None:
    code = "import sys; from click.testing import CliRunner; from pixture.cli import app; "
    code += "done = CliRunner().invoke(app, ['studio', '--help']); assert done.exit_code == 0; "
    code += "print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"starlette", "uvicorn", "websockets", "numpy"} & set(done.stdout.split())


def test_questions_of_one_number_do_not_pile_up() -> None:
    view = View(lambda: None)
    view.asks(1, 1000)
    with pytest.raises(MalformedMessage, match="number of its own"):
        view.asks(1, 1000)
    view.answer(1, Answer())
    view.asks(1, 1000)
    for odd in (None, "1", True, 1.5):
        view.asks(odd, 2**40)  # refused by the session, which answers nothing
    assert view.questions == {1: 1000}


def test_what_is_sent_while_the_protocol_closes_is_no_fault_of_the_application() -> None:
    protocol = object.__new__(WebSocketProtocol)  # it was given a frame that the protocol forbids
    protocol.handshake_complete = protocol.close_sent = True
    protocol.initial_response = None
    socket = WebSocket({"type": "websocket"}, cast(Any, None), protocol.send)
    socket.client_state = socket.application_state = WebSocketState.CONNECTED
    with pytest.raises(WebSocketDisconnect):
        asyncio.run(socket.send_text("{}"))


def test_a_file_that_was_made_is_fetched_by_its_address(studio: Studio) -> None:
    name = str(uuid.uuid4())
    with studio.page(name) as page:
        page.upload(png(np.arange(48, dtype=np.uint8).reshape(6, 8)), "ä b.png")
        run = page.ask("make-output", names=["classes"])["run"]
        page.until("done", number=run)
        while "outputs" not in page.state:
            page.hear()
        number = page.state["outputs"]["number"]
        asked = f"/output?session={name}&number={number}&file=0"
        status, headers, content = studio.get(asked)
        assert (status, len(content)) == (200, page.state["outputs"]["files"][0]["bytes"])
        assert content.startswith(b"image,label,")
        assert headers["content-disposition"].startswith("attachment")
        assert headers["content-type"] == "application/octet-stream"
        assert headers["x-content-type-options"] == "nosniff"
        assert studio.get(asked, known=False)[0] == 403
        assert studio.get(asked, method="POST")[0] == 405
        for wrong in (
            "",
            f"?session={uuid.uuid4()}&number={number}&file=0",
            f"?session={name}&number=99&file=0",
        ):
            assert studio.get(f"/output{wrong}")[0] == 404
        assert studio.get(f"/output?session={name}&number={number}&file=../../etc/passwd")[0] == 404


def test_sessions_end_whatever_becomes_of_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sessions = Sessions(new_session, tmp_path)
    ended: list[str] = []

    def fail() -> None:
        raise RuntimeError("a fault")

    for _ in range(3):
        session = sessions.look(str(uuid.uuid4()), Outbox(lambda: None))
        session.on_close += [fail, lambda: ended.append("told")]
    sessions.end()
    assert ended == ["told"] * 3
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr().err.count("RuntimeError: a fault") == 3


def test_a_session_that_has_no_place_is_refused_in_a_sentence(tmp_path: Path) -> None:
    sessions = Sessions(new_session, tmp_path / "gone")
    with pytest.raises(NotTaken, match="No session can begin: No such file or directory"):
        sessions.look(str(uuid.uuid4()), Outbox(lambda: None))
