"""A session of the studio: what views are sent, runs and their end; it finds what the library finds."""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import pixture
from pixture import stopping
from pixture.parallel import map_slabs
from pixture.stopping import GivenUp, given_up_when
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.outbox import MOST_ANSWERS, MOST_STEPS, Message, Outbox, TooManyAnswers
from pixture.studio.session.questions import LOOKS, QUESTIONS, new_session
from pixture.studio.session.session import Limits, Run, Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = new_session(tmp_path, limits=Limits(upload=10_000_000, pixels=1_000_000))
    yield made
    made.close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(0)
    pixels = random.normal([[[60, 80, 70]]], 9, (40, 60, 3))
    pixels[10:30, 20:50] += 90
    path = tmp_path_factory.mktemp("picture") / "cat.png"
    Pillow.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path


def view_of(session: Session) -> Outbox:
    view = Outbox(lambda: None)
    session.attach(view)
    return view


def all_of(view: Outbox, *, drawn: bool = True) -> list[Message]:
    messages = []
    while (message := view.take()) is not None:
        messages.append(message)
        if "frame" in message.says and drawn:
            view.drawn()
    return messages


def opened(session: Session, path: Path) -> Session:
    assert session.ask(Question("open-path", {"path": str(path)})).says == {}
    assert session.wait(30)
    assert session.state("run")["status"] == "done", session.state("run")
    return session


def test_it_finds_what_the_library_finds(session: Session, picture: Path) -> None:
    view = view_of(session)
    session.ask(Question("choose", {"choices": {"components": 2, "smooth": "off"}}))
    opened(session, picture)  # which segments it, too
    found, expected = session.document.found, pixture.segment(picture, 2, smooth="off")
    assert found is not None
    np.testing.assert_array_equal(found.segmentation.labels, expected.labels)
    said = session.state("result")
    assert [one["share"] for one in said["components"]] == expected.shares.tolist()
    steps = [message for message in all_of(view) if "step" in message.says]
    last = np.frombuffer(steps[-1].buffers[1], "<f4").reshape(2, 3)
    np.testing.assert_allclose(last, expected.fit.mixture.means, rtol=1e-6)
    rising = [message.says["step"]["log_likelihood"] for message in steps]
    assert rising == sorted(rising)


def test_an_image_sent_in_parts_is_the_image(session: Session, picture: Path) -> None:
    content = picture.read_bytes()
    begun = session.ask(Question("begin-upload", {"name": "../up/cat.png", "bytes": len(content)}))
    for at in range(0, len(content), 1000):
        part = Question("upload-part", {"upload": begun.says["upload"]}, [content[at : at + 1000]])
        assert "error" not in session.ask(part).says
    assert session.wait(30)
    image = session.document.opened
    assert image is not None
    assert image.name == "cat.png"
    np.testing.assert_array_equal(image.image.pixels, pixture.read(picture).pixels)
    assert all(session.folder in path.parents for path in session.folder.rglob("*"))


def test_more_than_was_announced_is_refused(session: Session) -> None:
    assert "10 MB" in session.ask(Question("begin-upload", {"name": "a", "bytes": 10**10})).says["error"]
    begun = session.ask(Question("begin-upload", {"name": "a.png", "bytes": 10})).says["upload"]
    refused = session.ask(Question("upload-part", {"upload": begun}, [b"x" * 11]))
    assert "announced" in refused.says["error"]
    assert "no upload" in session.ask(Question("upload-part", {"upload": begun}, [b"x"])).says["error"]
    assert not list(session.folder.iterdir())


def test_an_image_of_too_many_pixels_is_refused(session: Session, tmp_path: Path) -> None:
    Pillow.new("L", (2000, 1000)).save(tmp_path / "large.png")
    session.ask(Question("open-path", {"path": str(tmp_path / "large.png")}))
    session.wait(30)
    assert session.state("run")["status"] == "failed"
    assert "2 million pixels" in session.state("run")["sentence"]
    assert session.document.opened is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("run", {}),
        ("choose", {"choices": {"components": 0}}),
        ("choose", {"choices": {"colour": 1}}),
        ("choose", {"choices": 3}),
        ("no-such", {}),
        ("open-path", {"path": 7}),
        ("begin-upload", {"name": "a", "bytes": True}),
        ("upload-part", {"upload": "a"}),
    ],
)
def test_what_cannot_be_is_answered_by_a_sentence(session: Session, name: str, says: dict[str, Any]) -> None:
    before = session.document
    answer = session.ask(Question(name, says))
    assert set(answer.says) == {"error"}
    assert session.document is before


def test_a_run_is_cancelled_at_once_and_leaves_what_was_there(session: Session, picture: Path) -> None:
    opened(session, picture)
    session.ask(Question("run", {}))
    session.wait(60)
    before = session.document
    began = threading.Event()

    def endless(run: Run) -> str:
        began.set()
        while True:
            map_slabs(lambda start, stop: time.sleep(0.001), 40, size=1)

    session.begin("Waiting", endless)
    assert began.wait(10)
    session.ask(Question("cancel", {}))
    assert session.wait(5)
    assert session.state("run")["status"] == "cancelled"
    assert session.document is before


def test_a_new_run_takes_the_place_of_the_one_before(session: Session) -> None:
    ended = []

    def work(run: Run) -> str:
        try:
            while run.number < 5:
                stopping.check()
                time.sleep(0.001)
        finally:
            ended.append(run.number)
        return "done"

    for _ in range(5):
        session.begin("Working", work)
    assert session.wait(10)
    assert ended == sorted(ended)  # one at a time, in their order
    assert session.state("run") | {"seconds": 0} == {
        "status": "done", "number": 5, "name": "Working", "sentence": "done", "seconds": 0,
    }  # fmt: skip


def test_a_fault_of_ours_is_said_and_ends_the_run_alone(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(run: Run) -> str:
        raise ZeroDivisionError

    session.begin("Working", work)
    session.wait(10)
    assert session.state("run")["status"] == "failed"
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert session.ask(Question("look", {})) == Answer()


@given(st.lists(st.sampled_from(["a", "b", "answer", "step", "frame", "take", "drawn"]), max_size=60))
def test_of_each_thing_the_latest_waits(events: list[str]) -> None:
    view = Outbox(lambda: None)
    latest: dict[str, int] = {}
    seen: dict[str, int] = {}
    answers, taken = 0, 0
    for at, event in enumerate(events):
        if event in ("a", "b"):
            view.change({event: at})
            latest[event] = at
        elif event == "answer":
            view.answer(at, Answer())
            answers += 1
        elif event == "step":
            view.step(Message({"step": at}))
        elif event == "frame":
            view.frame(Message({"frame": at}))
        elif event == "drawn":
            view.drawn()
        elif (message := view.take()) is not None:
            seen |= message.says.get("state", {})
            taken += "answer" in message.says
    for message in all_of(view):
        seen |= message.says.get("state", {})
        taken += "answer" in message.says
    assert seen == latest
    assert taken == answers
    assert view.take() is None


def test_a_view_that_does_not_read_costs_little() -> None:
    view = Outbox(lambda: None)
    for at in range(2 * MOST_STEPS):
        view.step(Message({"step": at}))
        view.frame(Message({"frame": at}, [bytes(1000)]))
        view.change({"run": at})
    kept = all_of(view, drawn=False)
    assert [message.says for message in kept if "step" not in message.says] == [
        {"state": {"run": 2 * MOST_STEPS - 1}},
        {"frame": 2 * MOST_STEPS - 1},
    ]
    assert sum("step" in message.says for message in kept) == MOST_STEPS
    for at in range(MOST_ANSWERS):
        view.answer(at, Answer())
    with pytest.raises(TooManyAnswers):
        view.answer(-1, Answer())


def test_a_frame_waits_until_the_one_before_is_drawn() -> None:
    view = Outbox(lambda: None)
    wanted = [view.wants_frame]
    view.frame(Message({"frame": 1}))
    assert view.take() is not None
    view.frame(Message({"frame": 2}))
    view.frame(Message({"frame": 3}))
    assert view.take() is None
    wanted.append(view.wants_frame)
    view.drawn()
    assert wanted == [True, False]
    following = view.take()
    assert following is not None
    assert following.says == {"frame": 3}


def test_messages_that_are_none_are_refused_by_a_sentence(session: Session) -> None:
    view = view_of(session)
    all_of(view)
    for says in (
        {},
        {"ask": 3, "id": 1},
        {"ask": "look"},
        {"ask": "look", "id": True},
        {"ask": "look", "id": "1"},
    ):
        session.receive(says, [], view, lambda: None)
        assert set(all_of(view)[0].says["state"]) == {"refused"}


def test_work_that_nobody_waits_for_ends_alone() -> None:
    given_up = threading.Event()

    def work() -> None:
        with given_up_when(given_up.is_set):
            stopping.check()
            given_up.set()
            map_slabs(lambda start, stop: None, 10, size=1, threads=2)

    with pytest.raises(GivenUp):
        work()
    stopping.check()  # what is done outside is not concerned


def test_runs_that_are_begun_at_once_by_several_are_one_after_the_other(session: Session) -> None:
    at_once, most, count = 0, 0, threading.Lock()

    def work(run: Run) -> str:
        nonlocal at_once, most
        with count:
            at_once, most = at_once + 1, max(most, at_once + 1)
        time.sleep(0.001)
        with count:
            at_once -= 1
        return "done"

    def begin_some() -> None:
        for _ in range(50):
            session.begin("Working", work)

    threads = [threading.Thread(target=begin_some) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert session.wait(30)
    assert most == 1
    assert session.state("run")["status"] == "done"
    assert session.state("run")["number"] == 300


def test_of_runs_that_wait_for_one_to_end_the_last_alone_begins(session: Session) -> None:
    go_on, begun = threading.Event(), []

    def work(run: Run) -> str:
        begun.append(run.number)
        assert go_on.wait(30)
        return "done"

    first = session.begin("Working", work)
    while not begun:
        time.sleep(0.001)
    before = threading.active_count()
    runs = [session.begin("Working", work) for _ in range(500)]
    assert threading.active_count() <= before
    go_on.set()
    assert session.wait(30)
    assert begun == [first.number, runs[-1].number]


def test_what_is_named_as_changing_nothing_is_a_question() -> None:
    assert set(LOOKS) <= QUESTIONS.keys()


def test_what_changes_something_is_answered_in_the_order_in_which_it_is_asked(session: Session) -> None:
    view = view_of(session)
    numbers = list(range(2, 200))
    for at, number in enumerate(numbers):
        says = {"ask": "choose", "id": at, "choices": {"components": number, "seed": number}}
        session.receive(says, (), view, lambda: None)
    answers: list[int] = []
    until = time.monotonic() + 30
    while len(answers) < len(numbers) and time.monotonic() < until:
        answers += [message.says["answer"] for message in all_of(view) if "answer" in message.says]
    assert answers == list(range(len(numbers)))
    assert session.document.chosen.choices.components == session.document.chosen.choices.seed == 199


def test_a_view_that_has_gone_is_answered_nothing_that_only_it_would_see(tmp_path: Path) -> None:
    asked: list[str] = []
    go_on = threading.Event()

    def handle(session: Session, question: Question) -> Answer:
        asked.append(question.name)
        assert go_on.wait(30)
        return Answer()

    session = Session({"look": handle, "draw": handle}, tmp_path, looks=frozenset({"look"}))
    view = view_of(session)
    for number in range(50):
        session.receive({"ask": "look", "id": number}, (), view, lambda: None)
        session.receive({"ask": "draw", "id": 50 + number}, (), view, lambda: None)
    session.detach(view)
    go_on.set()
    until = time.monotonic() + 30
    while asked.count("draw") < 50 and time.monotonic() < until:
        time.sleep(0.01)
    assert asked.count("draw") == 50  # a page may be closed as soon as it has drawn
    assert asked.count("look") <= 4
    session.close()


def test_a_disk_that_is_full_is_told_in_a_sentence(tmp_path: Path) -> None:
    def write(session: Session, question: Question) -> Answer:
        raise OSError(28, "No space left on device", str(tmp_path / "cat.png"))

    def work(run: Run) -> str:
        raise OSError(28, "No space left on device")

    session = Session({"write": write}, tmp_path)
    assert session.ask(Question("write", {})).says["error"] == "No space left on device: cat.png."
    session.begin("Working", work)
    assert session.wait(30)
    assert session.state("run")["sentence"] == "No space left on device."
    session.close()


def test_large_steps_that_nobody_reads_are_few() -> None:
    view, step = Outbox(lambda: None), bytes(5 * 2**20)
    for number in range(50):
        view.step(Message({"step": number}, (step,)))
    kept = [message.says["step"] for message in all_of(view)]
    assert kept == list(range(44, 50))
    view.step(Message({"step": 50}, (bytes(64 * 2**20),)))  # one that is larger alone is sent
    assert [message.says["step"] for message in all_of(view)] == [50]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_freed_memory_goes_back_after_a_run(session: Session) -> None:
    process = psutil.Process()
    kept: list[bytes] = []
    sizes: list[int] = []
    threads: list[threading.Thread] = []

    def work(run: Run) -> str:
        some = [bytes([number % 255 + 1]) * 100_000 for number in range(1000)]
        kept.append(some.pop())  # it lies above the others, which the C library keeps below it
        del some
        sizes.append(process.memory_info().rss)
        threads.append(threading.current_thread())
        return "Filled."

    session.begin("Filling", work)
    assert session.wait(30)
    threads[0].join(30)
    assert sizes[0] - process.memory_info().rss > 50_000_000
