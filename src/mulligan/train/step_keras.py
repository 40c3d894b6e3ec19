"""One round of turns in TensorFlow."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial, reduce
from typing import Any

import keras
import tensorflow as tf

from mulligan import replicas_keras as replicas
from mulligan.train.blame_keras import blame
from mulligan.train.draws import seed_of
from mulligan.train.gradients_keras import bounded
from mulligan.train.loop import diverged

Tensor = Any
Batch = Mapping[str, Tensor]
Scalars = dict[str, Tensor]


class Step:
    """Plays each turn of a game, and moves the network whose turn it is; its opponents are frozen meanwhile.

    A round of turns is one function, traced at the first step: all numbers go in as tensors. ``reseed`` seeds what
    draws inside of it; with ``compile`` it is compiled by XLA.
    """

    def __init__(
        self,
        *,
        game: Any,
        networks: Mapping[str, keras.Model],
        optimizers: Mapping[str, Any],
        ema: Any,
        view: Callable,
        frozen: Callable,
        reseed: Callable[[Tensor], None] = lambda seed: None,
        accumulate: int = 1,
        gradient_clip: float | None = None,
        seed: int = 0,
        compile: bool = False,
    ) -> None:
        self.game, self.networks, self.optimizers, self.ema = game, networks, optimizers, ema
        self.view, self.frozen, self.reseed, self.accumulate = view, frozen, reseed, accumulate
        self.gradient_clip, self.seed = gradient_clip, seed
        self.players = {role: partial(_in_training, network) for role, network in networks.items()}
        self.weights = {role: list(network.trainable_variables) for role, network in networks.items()}
        for role, optimizer in optimizers.items():  # whose variables cannot be made inside of a function
            optimizer.build(self.weights[role])
        self.numbers: Mapping[str, float] = {}  # of the last step
        self._device = self.weights[game.product][0].value.device
        self._waits = "CPU" in self._device
        # A partial has no code of its own by which TensorFlow would count how often other steps were traced.
        self._round = tf.function(partial(self._named), autograph=False, jit_compile=compile or None)
        self._traced: dict[Any, Callable] = {}

    def __call__(self, batches: Sequence[Batch], numbers: Mapping[str, float], images: int) -> Scalars:
        """One batch per turn in, the named scalars of each player's last turn out; floats where the device is the CPU.

        Nothing moves from the first turn on whose gradient is not finite. On the CPU that is seen at once; on a
        graphics card it would have to be waited for, and the loop sees it among the scalars at the next tick. Replicas
        of a ``tf.distribute`` strategy, which take ``play`` alone, move even then: none may wait under a condition.
        """
        self.numbers = numbers
        given = tf.constant([number for _, number in sorted(numbers.items())], tf.float64)
        seed = tf.constant(seed_of(self.seed, images, 0), tf.int64)
        try:
            scalars, moved = self._play_traced(list(batches), given, seed)
        except tf.errors.ResourceExhaustedError as error:
            raise MemoryError(error.message) from error
        if not self._waits:
            return scalars
        if False in (turns := moved.numpy().tolist()):
            turn, parts = self.game.turns[turns.index(False)], _parts(batches[turns.index(False)], self.accumulate)
            view = partial(self.view, numbers=numbers)
            raise diverged(blame(self.game, turn, self.players, self.networks, parts, numbers, view), images)
        return {name: float(scalar) for name, scalar in scalars.items()}

    def _play_traced(self, *inputs: Any) -> tuple[Scalars, Tensor]:
        """The round, by the function that was traced for such inputs: to look for it takes TensorFlow a millisecond."""
        kind = tuple((name, x.shape, x.dtype) for batch in inputs[0] for name, x in batch.items())
        if kind not in self._traced:
            self._traced[kind] = self._round.get_concrete_function(*inputs)
        return self._traced[kind](*inputs)

    def _named(self, batches: Sequence[Batch], given: Tensor, seed: Tensor) -> tuple[Scalars, Tensor]:
        with tf.device(self._device):  # or what depends on no weight would go to a card, where there is one
            return self.play(batches, dict(zip(sorted(self.numbers), tf.unstack(given), strict=True)), seed)

    def play(self, batches: Sequence[Batch], numbers: Mapping[str, Tensor], seed: Tensor) -> tuple[Scalars, Tensor]:
        """The round as TensorFlow traces it: its scalars and, of each turn, whether it moved its player."""
        self.reseed(replicas.own_seed(seed))
        scalars: Scalars = {}
        moved = [tf.constant(True)]
        turns = {turn: _traced_once(partial(self._turn, turn)) for turn in self.game.turns}
        for turn, batch in zip(self.game.turns, batches, strict=True):
            told, fine = turns[turn](batch, numbers, moved[-1])
            scalars |= _with_largest_norm(scalars, told)
            moved.append(fine)
        product = self.networks[self.game.product]
        _where(moved[-1], lambda: self.ema.update(product, numbers["ema_decay"]))
        return scalars, tf.stack(moved[1:])

    def _turn(self, turn: Any, batch: Batch, numbers: Mapping[str, Tensor], fine: Tensor) -> tuple[Scalars, Tensor]:
        with ExitStack() as opponents:
            for role, network in self.networks.items():
                if role != turn.player:
                    opponents.enter_context(self.frozen(network))
            told, fine = self._move(turn, batch, numbers, fine)
        self.game.after_update(turn, self.networks)
        return told, fine

    def _move(self, turn: Any, batch: Batch, numbers: Mapping[str, Tensor], fine: Tensor) -> tuple[Scalars, Tensor]:
        optimizer, weights = self.optimizers[turn.player], self.networks[turn.player].trainable_variables
        played = partial(self._played, turn, weights, numbers)
        gradients, scalars = replicas.average(_summed(played, batch, self.accumulate))
        norm, bounded_ones = bounded(list(gradients.values()), self.gradient_clip)
        moving = [weights[index] for index in gradients]
        rate = numbers.get(f"{turn.player}_learning_rate", numbers["learning_rate"])
        fine &= tf.math.is_finite(norm)
        _where(fine, lambda: optimizer.move(bounded_ones, moving, rate, numbers["beta2"]))
        return scalars | {f"{turn.player}/signal/gradient_norm": norm}, fine

    def _played(
        self, turn: Any, weights: Sequence[Any], numbers: Mapping[str, Tensor], batch: Batch
    ) -> tuple[dict[int, Tensor], Scalars]:
        """One part of a batch: its share of the gradients, by the places of their weights, and of the scalars."""
        numbers = {name: tf.cast(number, weights[0].dtype) for name, number in numbers.items()}
        variables = [weight.value for weight in weights]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            terms, estimates = self.game.play(turn, self.players, batch, numbers, partial(self.view, numbers=numbers))
            total = sum(terms.values()) / self.accumulate
        found = enumerate(tape.gradient(total, variables))
        gradients = {index: tf.convert_to_tensor(gradient) for index, gradient in found if gradient is not None}
        named = terms | {f"estimate/{name}": value for name, value in estimates.items()}
        return gradients, {f"{turn.player}/{name}": value / self.accumulate for name, value in named.items()}


def _in_training(network: keras.Model, sample: Tensor, label: Any = None, condition: Any = None) -> Any:
    """What the network makes of a sample; models of Keras know no labels, and need none where there are none."""
    known = {name: x for name, x in (("label", label), ("condition", condition)) if x is not None}
    return network(sample, training=True, **known)


def _traced_once(turn: Callable) -> Callable:
    """A turn as a function of its own inside the round's: a critic's five are traced, and improved, as one."""
    if tf.distribute.has_strategy():  # replicas wait for each other, which nothing inside of such a function can
        return turn
    return tf.function(turn, autograph=False, experimental_attributes={"_noinline": True})


def _with_largest_norm(before: Scalars, moved: Scalars) -> Scalars:
    """The scalars of a turn; of all turns of a player the largest gradient, so that none that is not finite is lost."""
    names = [name for name in moved if "/signal/" in name and name in before]
    return moved | {name: tf.maximum(before[name], moved[name]) for name in names}


def _summed(played: Callable[[Batch], Any], batch: Batch, count: int) -> Any:
    """The sum over the parts of a batch, one after the other so that one is in memory at a time."""
    first = played(_part(batch, 0, count))
    if count == 1:
        return first

    def added(index: Tensor, so_far: Any) -> tuple[Tensor, Any]:
        return index + 1, tf.nest.map_structure(tf.add, so_far, played(_part(batch, index, count)))

    if tf.distribute.has_strategy():  # which lets nothing wait for other replicas in a loop of TensorFlow's
        return reduce(lambda so_far, index: added(index, so_far)[1], range(1, count), first)
    return tf.while_loop(lambda index, _: index < count, added, (tf.constant(1), first), parallel_iterations=1)[1]


def _parts(batch: Batch, count: int) -> list[Batch]:
    return [_part(batch, index, count) for index in range(count)]


def _part(batch: Batch, index: Any, count: int) -> Batch:
    if count == 1:
        return batch
    return {name: tf.reshape(x, [count, -1, *x.shape[1:]])[index] for name, x in batch.items()}


def _where(condition: Tensor, act: Callable[[], None]) -> None:
    """Do it where a tensor holds, which is known only when the function runs.

    Replicas, one alone among them, do it always: TensorFlow lets nothing wait for others under a condition.
    """
    if tf.distribute.has_strategy():
        return act()

    def acted() -> Tensor:
        act()
        return tf.constant(True)

    tf.cond(condition, acted, lambda: tf.constant(False))
