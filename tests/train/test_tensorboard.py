"""TensorBoard's events hold what the log holds, at the images seen."""

import re
import sys

import numpy as np
import pytest

from mulligan.codecs._write import save_png
from mulligan.train.tensorboard import Events, tensorboard_hint

TICK = {"event": "tick", "images": 640, "seconds": 2.0, "images_per_second": 320.0, "memory_bytes": 5_000_000}
TICK |= {"terms": {"critic/real": 0.5}, "estimates": {"wasserstein": 1.5}, "numbers": {"learning_rate": 2e-4}}
SCORE = {"measure": "frechet", "value": 23.0, "low": 22.0, "high": 24.0}


def events_of(folder) -> list:
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for path in sorted(folder.glob("events.out.tfevents.*")):
        content, at = path.read_bytes(), 0
        while at < len(content):  # a record: length, its checksum, the event, its checksum
            length = int.from_bytes(content[at : at + 8], "little")
            found.append(Event.FromString(content[at + 12 : at + 12 + length]))
            at += 16 + length
    return found


def test_every_number_and_the_sample_are_there_at_the_images_seen(tmp_path):
    save_png(tmp_path / "samples" / "000000640.png", np.zeros((16, 16, 1), np.uint8), None)
    events = Events(tmp_path)
    events.write({"event": "start", "images": 0})
    events.write(TICK | {"sample": "samples/000000640.png"})
    events.write({"event": "score", "images": 640, "scores": [SCORE]})
    events.close()
    found = events_of(tmp_path)
    values = {value.tag: (event.step, value) for event in found for value in event.summary.value}
    assert {step for step, _ in values.values()} == {640}
    assert values["samples"][1].image.height == 16
    numbers = {tag: round(value.simple_value, 6) for tag, (_, value) in values.items() if tag != "samples"}
    assert numbers == {
        "critic/real": 0.5,
        "estimates/wasserstein": 1.5,
        "numbers/learning_rate": 2e-4,
        "speed/images_per_second": 320.0,
        "memory/bytes": 5_000_000.0,
        "scores/frechet": 23.0,
        "scores/frechet_low": 22.0,
        "scores/frechet_high": 24.0,
    }


def test_the_time_axis_is_training_time_and_a_resumed_run_takes_back_what_it_repeats(tmp_path):
    events = Events(tmp_path, images=320)
    for seconds in (2.0, 5.0):
        events.write(TICK | {"seconds": seconds})
    events.close()
    found = events_of(tmp_path)
    times = [event.wall_time for event in found if event.summary.value]
    assert max(times) - min(times) == pytest.approx(3.0, abs=1e-3)
    assert any(event.session_log.status and event.step == 321 for event in found)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file keeps its name there")
def test_the_name_of_the_computer_is_not_in_the_name_of_the_file(tmp_path):
    Events(tmp_path, images=320).close()
    assert events_of(tmp_path)
    assert all(re.fullmatch(r"events\.out\.tfevents\.\d+\.000000320", path.name) for path in tmp_path.iterdir())


def test_without_tensorboardx_nothing_is_written_and_the_hint_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)  # Python's own way to say that a module is not there
    with_nothing = Events(tmp_path)
    with_nothing.write(TICK)
    with_nothing.close()
    assert list(tmp_path.iterdir()) == []
    assert "pip install 'mulligan[tensorboard]'" in tensorboard_hint()


def test_with_tensorboardx_the_hint_says_how_to_look():
    pytest.importorskip("tensorboardX")
    assert "tensorboard --logdir" in tensorboard_hint()
