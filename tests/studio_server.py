"""A `pixture studio` that runs as a user starts it, and what talks to it over real sockets."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import ClientConnection, connect

Message = dict[str, Any]


@dataclass
class Studio:
    """A server, and the cookie that its link gave."""

    process: subprocess.Popen[str]
    link: str
    said: Path
    cookie: str = ""
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    """That of pages of which none else is asked for: a server holds few."""

    @property
    def port(self) -> int:
        found = re.match(r"http://127\.0\.0\.1:(\d+)/\?token=[\w-]+$", self.link)
        assert found, self.link
        return int(found[1])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def links(self) -> list[str]:
        """Every link that it has printed."""
        return self.said.read_text().split()

    def get(
        self, path: str = "/", *, known: bool = True, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (small letters) and body; `headers` replace what is sent else."""
        sent = {"Host": self.host, **({"Cookie": self.cookie} if known else {})}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def enter(self) -> None:
        """Use the link, and keep the cookie."""
        status, headers, _ = self.get(self.link.removeprefix(f"http://{self.host}"), known=False)
        assert status == 303, status
        self.cookie = headers["set-cookie"].partition(";")[0]

    @contextmanager
    def page(self, session: str | None = None, **options: Any) -> Iterator[Page]:
        """Connect as the page does."""
        headers = {"Cookie": self.cookie, **options.pop("headers", {})}
        with connect(
            f"ws://{self.host}/socket?session={session or self.session}",
            origin=options.pop("origin", f"http://{self.host}"),
            additional_headers=headers,
            max_size=None,
            compression=None,
            open_timeout=20,
            **options,
        ) as socket:
            yield Page(socket)

    @property
    def memory(self) -> int:
        """Bytes that the server itself has in memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)


@dataclass
class Page:
    """What the page does, without a page: asks, and keeps what it is told."""

    socket: ClientConnection
    state: Message = field(default_factory=dict)
    told: list[Message] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def say(self, says: Message, buffers: Sequence[bytes] = ()) -> None:
        """Send a message."""
        if not buffers:
            self.socket.send(json.dumps(says))
            return
        text = json.dumps({**says, "_lengths": [len(one) for one in buffers]}).encode()
        self.socket.send(len(text).to_bytes(4, "little") + text + b"".join(buffers))

    def hear(self, timeout: float = 20) -> Message:
        """Return the next message, its buffers under "buffers"; parts of the state are kept."""
        frame = self.socket.recv(timeout)
        if isinstance(frame, str):
            message: Message = json.loads(frame)
        else:
            length = int.from_bytes(frame[:4], "little")
            message = json.loads(frame[4 : 4 + length])
            at, buffers = 4 + length, []
            for size in message.pop("_lengths"):
                buffers.append(frame[at : at + size])
                at += size
            message["buffers"] = buffers
        self.state |= message.get("state", {})
        self.told.append(message)
        if "frame" in message:
            self.say({"drawn": True})
        return message

    def ask(self, question: str, buffers: Sequence[bytes] = (), /, **says: Any) -> Message:
        """Return the answer to a question."""
        number = next(self.numbers)
        self.say({**says, "ask": question, "id": number}, buffers)
        while (message := self.hear()).get("answer") != number:
            pass
        return message

    def until(self, *ends: str, timeout: float = 60, number: int = 0) -> Message:
        """Wait until a run with at least this number has ended in one of these ways; return how."""
        until = time.monotonic() + timeout
        while True:
            run: Message = self.state.get("run", {})
            if run.get("number", -1) >= number and run.get("status") in ends:
                return run
            assert time.monotonic() < until, self.state.get("run")
            self.hear(timeout)

    def upload(self, content: bytes, name: str) -> Message:
        """Send a file, as the page does; return how opening it ended."""
        begun = self.ask("begin-upload", name=name, bytes=len(content))
        assert "error" not in begun, begun
        before = self.state["run"]["number"]  # the state comes before answers
        for at in range(0, len(content), begun["part"]):
            answer = self.ask("upload-part", [content[at : at + begun["part"]]], upload=begun["upload"])
            assert "error" not in answer, answer
        return self.until("done", "failed", number=before + 1)


@contextmanager
def running_studio(folder: Path, *arguments: str) -> Iterator[Studio]:
    """Start a studio that keeps everything in a folder; it is ended with the context."""
    said, complained = folder / "stdout", folder / "stderr"
    temporary = folder / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "TMPDIR": str(temporary)}
    with said.open("w") as out, complained.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "pixture", "studio", "--no-open", "--port", "0", *arguments],
            stdout=out,
            stderr=err,
            env=environment,
            text=True,
            # a shell that runs tests in the background has its children ignore Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        until = time.monotonic() + 60
        while not said.read_text().endswith("\n"):
            assert process.poll() is None, complained.read_text()
            assert time.monotonic() < until, complained.read_text()
            time.sleep(0.02)
        yield Studio(process, said.read_text().split("\n")[0], said)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)
