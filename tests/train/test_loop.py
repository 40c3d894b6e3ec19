"""The loop counts, ticks, saves and stops; it needs no tensors for that."""

import math
import time

import pytest

from mulligan.errors import TrainingError
from mulligan.train import loop as loop_file
from mulligan.train.loop import Limits, Progress, loop, passes


class Told(list):
    """What the loop called, in order."""

    def run(self, *, progress=None, limits=None, tick=20, stop_at=None, wish=None, scalars=None, each=10):
        self.progress = progress or Progress()

        def step(batch, numbers, images):
            self.append(("step", batch, numbers["rate"], images))
            return scalars(images) if scalars else {"critic/real": images + 1.0}

        def on_tick(means):
            self.append(("tick", self.progress.images, means))
            return wish(self.progress) if wish else None

        return loop(
            step=step,
            rounds=iter(range(10**6)),
            numbers=lambda images: {"rate": images / 2},
            progress=self.progress,
            limits=limits or Limits(images=50),
            images_per_step=each,
            tick_images=tick,
            on_tick=on_tick,
            checkpoint=lambda: self.append(("save", self.progress.images, dict(self.progress.sums))),
            interrupted=lambda: "interrupted" if self.progress.images == stop_at else None,
        )

    def of(self, kind):
        return [entry[1:] for entry in self if entry[0] == kind]


def test_steps_ticks_and_saves_come_in_their_order():
    told = Told()
    assert told.run() == "budget"
    assert [entry[0] for entry in told] == [
        *("step", "step", "tick", "save"),
        *("step", "step", "tick", "save"),
        *("step", "tick", "save"),
    ]
    assert told.of("step")[:2] == [(0, 0.0, 0), (1, 5.0, 10)], "numbers and place are those before the step"
    assert (told.progress.images, told.progress.steps) == (50, 5)


def test_a_tick_gets_the_means_since_the_last_one():
    told = Told()
    told.run()
    assert told.of("tick") == [
        (20, {"critic/real": 6.0}),
        (40, {"critic/real": 26.0}),
        (50, {"critic/real": 41.0}),
    ]


def test_an_interruption_keeps_the_sums_so_that_the_next_tick_is_that_of_an_unbroken_run():
    broken = Told()
    assert broken.run(stop_at=30) == "interrupted"
    assert broken.of("save")[-1] == (30, {"critic/real": 21.0})
    rest = Told()
    assert rest.run(progress=broken.progress) == "budget"
    assert rest.of("tick")[0] == (40, {"critic/real": 26.0})


def test_the_first_limit_that_is_reached_stops_the_run():
    assert Told().run(limits=Limits(images=30, seconds=60)) == "budget"
    assert Told().run(limits=Limits(images=30, seconds=1e-9)) == "time"
    assert Told().run(wish=lambda progress: "enough" if progress.images >= 40 else None) == "enough"
    told = Told()
    assert told.run(progress=Progress(images=50, steps=5)) == "budget" and not told, "nothing is left to do"


def test_ticks_come_wherever_a_multiple_is_passed():
    assert [images for images in range(7, 100, 7) if passes(20, images, 7)] == [21, 42, 63, 84]
    told = Told()
    told.run(tick=1, limits=Limits(images=30))
    assert len(told.of("tick")) == 3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [10, 20, 30])
def test_a_term_that_is_not_finite_stops_before_anything_is_saved(bad, place):
    told = Told()
    with pytest.raises(
        TrainingError, match=r"the term critic/fake is .* the last checkpoint is kept: .*--set learning_rate"
    ):
        told.run(scalars=lambda images: {"critic/fake": bad if images == place else 0.5})
    assert all(images <= place for images, _ in told.of("save"))


def test_an_interruption_does_not_hide_that_a_term_is_not_finite():
    told = Told()
    with pytest.raises(TrainingError, match="the term critic/real is nan after 30 images"):
        told.run(stop_at=30, scalars=lambda images: {"critic/real": math.nan if images == 20 else 1.0})
    assert told.of("save")[-1][0] == 20


def test_a_tick_is_saved_before_others_go_on():
    order = []
    loop(
        step=lambda batch, numbers, images: {},
        rounds=iter(range(9)),
        numbers=lambda images: {},
        progress=Progress(),
        limits=Limits(images=20),
        images_per_step=10,
        tick_images=10,
        on_tick=lambda means: order.append("tick"),
        checkpoint=lambda: order.append("save"),
        interrupted=lambda: None,
        agreed=lambda reason: order.append("agreed") or reason,
    )
    assert order == ["agreed", "tick", "save", "agreed", "tick", "save", "agreed"]


def test_a_long_way_between_ticks_is_saved_between(monkeypatch):
    monkeypatch.setattr(loop_file, "CHECKPOINT_SECONDS", -1.0)
    told = Told()
    told.run(tick=1000)
    assert [images for images, _ in told.of("save")] == [10, 20, 30, 40, 50]
    assert told.of("tick") == [(50, {"critic/real": 21.0})], "and that changes no mean"


def test_the_share_of_a_budget():
    assert Limits(images=100).share(Progress(images=25)) == 0.25
    assert Limits(images=100, seconds=10).share(Progress(images=25, seconds=5)) == 0.5
    assert Limits(seconds=10).share(Progress(seconds=20)) == 1.0
    assert Limits().share(Progress(images=5)) == 0.0


def test_seconds_go_on_where_they_stopped():
    told = Told()
    told.run(progress=Progress(seconds=100.0))
    assert 100.0 <= told.progress.seconds < 101.0


def test_a_budget_of_cpu_time_does_not_count_what_is_waited_for():
    limits = Limits(seconds=0.2, clock="cpu")
    started = limits.now()
    time.sleep(0.3)
    assert limits.now() - started < 0.2
