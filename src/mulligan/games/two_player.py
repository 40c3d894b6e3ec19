"""The game of Goodfellow et al. 2014: a critic that tells real from fake against a generator, k critic turns to one."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from mulligan import ops
from mulligan.critique import Critique
from mulligan.errors import RecipeError
from mulligan.games._game import Draws, Outcome, Turn, View
from mulligan.objectives._objective import Objective, Penalty, Play

Tensor = Any


@dataclass(frozen=True)
class TwoPlayer:
    """One generator, one critic, one objective, any penalties; ``critic_turns`` is the k of algorithm 1.

    With ``shared_fakes`` the generator learns from the fakes that the critic just learned from, as most code does, and
    they are made once; without, from new ones, as in the paper.
    """

    objective: Objective
    penalties: tuple[Penalty, ...] = ()
    critic_turns: int = 1
    shared_fakes: bool = False

    networks: ClassVar[tuple[str, ...]] = ("generator", "critic")
    product: ClassVar[str] = "generator"
    judge: ClassVar[str] = "critic"
    samples: ClassVar[tuple[str, ...]] = ("real", "fake")

    def __post_init__(self) -> None:
        object.__setattr__(self, "penalties", tuple(self.penalties))
        _check(self)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The critic's k turns, then the generator's on the reals of the last of them."""
        last = Turn("generator", fresh_batch=False, fresh_latents=not self.shared_fakes)
        return (*[Turn("critic")] * self.critic_turns, last)

    def differentiates(self, role: str) -> bool:
        """The critic, where the objective or a penalty asks for its input gradient."""
        return role == "critic" and bool(self._input_gradients)

    def draw(self, turn: Turn, draws: Draws, start: int, count: int, latent: int) -> dict[str, Any]:
        """Latents for each turn; the fakes have the labels of the reals, so that both have the same shares."""
        whose = turn.player if turn.fresh_latents else "critic"
        return {
            "z": draws.normal(f"{whose}/z", start, count, (latent,)),
            "mix": draws.uniform(f"{turn.player}/mix", start, count, ()),
        }

    def play(
        self,
        turn: Turn,
        networks: Mapping[str, Any],
        batch: Mapping[str, Tensor],
        numbers: Mapping[str, Any],
        view: View,
    ) -> Outcome:
        """One turn: the terms of its player, weighted."""
        label = batch.get("label")
        fake = networks["generator"](batch["z"], label=label)

        def criticize(name: str) -> Callable[[Tensor], Critique]:
            return lambda samples: _critique(networks["critic"](view(samples, name, batch), label=label))

        if turn.player == "generator":
            return self._generator_turn(batch, fake, numbers, criticize)
        return self._critic_turn(batch, ops.stop_gradient(fake), numbers, criticize)

    def _critic_turn(self, batch: Mapping, fake: Tensor, numbers: Mapping, criticize: Callable) -> Outcome:
        seen: dict[str, Any] = {}
        for name, samples in (("real", batch["real"]), ("fake", fake)):
            # One forward pass per sample, whether or not its input gradient is asked for.
            if name in self._input_gradients:
                seen[name], seen[f"{name}_gradient"] = ops.value_and_input_grad(criticize(name), samples)
            else:
                seen[name] = criticize(name)(samples)
        if "other" in self._input_gradients:
            seen["critic_gradient"] = lambda points: ops.value_and_input_grad(criticize("fake"), points)[1]
        play = Play(**seen, real_samples=batch["real"], fake_samples=fake, critic=criticize("fake"), mix=batch["mix"])
        terms = self._weighted(numbers, lambda part: part.critic_terms(play))
        estimates = {name: ops.stop_gradient(ops.mean(value)) for name, value in self.objective.estimates(play).items()}
        return Outcome(terms, estimates)

    def _generator_turn(self, batch: Mapping, fake: Tensor, numbers: Mapping, criticize: Callable) -> Outcome:
        play = Play(
            fake=criticize("fake")(fake),
            fake_samples=fake,
            real=criticize("real")(batch["real"]) if "real" in self._generator_sees else None,
            real_samples=batch["real"],
            mix=batch["mix"],
        )
        return Outcome(self._weighted(numbers, lambda part: part.generator_terms(play)), {})

    def _weighted(self, numbers: Mapping, terms_of: Callable[[Objective], dict]) -> dict[str, Tensor]:
        """The means of all terms, those of a penalty times its weight."""
        terms = {name: ops.mean(term) for name, term in terms_of(self.objective).items()}
        if not terms:
            name = type(self.objective).__name__
            raise RecipeError(f"{name} leaves a player without terms; let critic_terms and generator_terms return some")
        for penalty in self.penalties:
            weight = numbers[f"game.penalties.{penalty.name}.weight"]
            for name, term in terms_of(penalty).items():
                if name in terms:
                    raise RecipeError(f"two terms are called {name!r}; give that of {penalty.name} another name")
                terms[name] = weight * ops.mean(term)
        return terms

    def after_update(self, turn: Turn, networks: Mapping[str, Any]) -> None:
        """Clip the critic's weights where the objective asks for it."""
        if turn.player == "critic" and self.objective.weight_clip is not None:
            ops.clip_weights(networks["critic"], self.objective.weight_clip)

    @cached_property
    def _input_gradients(self) -> frozenset[str]:
        return frozenset().union(*(part.input_gradients for part in (self.objective, *self.penalties)))

    @cached_property
    def _generator_sees(self) -> frozenset[str]:
        return frozenset().union(*(part.generator_sees for part in (self.objective, *self.penalties)))


def _check(game: TwoPlayer) -> None:
    if not isinstance(game.objective, Objective):
        raise RecipeError(f"the objective is {game.objective!r}; expected an object like NonSaturating()")
    for penalty in game.penalties:
        if not isinstance(penalty, Penalty):
            raise RecipeError(f"a penalty of the game is {penalty!r}; expected an object like R1(weight=1.0)")
    if not isinstance(game.shared_fakes, bool):
        raise RecipeError(f"shared_fakes is {game.shared_fakes!r}; expected true or false")
    if not isinstance(game.critic_turns, int) or game.critic_turns < 1:
        raise RecipeError(f"critic_turns is {game.critic_turns!r}; expected a whole number of 1 or more")
    twice = [name for name, count in Counter(penalty.name for penalty in game.penalties).items() if count > 1]
    if twice:
        raise RecipeError(f"the penalty {twice[0]} stands twice in the game; expected each one once, with one weight")


def _critique(judgement: Any) -> Critique:
    """A user's critic may return the bare score."""
    return judgement if hasattr(judgement, "score") else Critique(judgement)
