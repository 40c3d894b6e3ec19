"""Parts by name: the way to JSON and back, and names from strangers that must lead nowhere."""

import copy
import json
import sys

import pytest

from mulligan import catalogue, kinds, recipes
from mulligan.errors import MulliganError, RecipeError
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine

GOOD = json.loads(json.dumps(recipes.get("r3gan-tiny").to_json()))

NAMES = [
    "os.system", "os/system", "builtins.eval", "builtins.exec", "subprocess.Popen", "../../x", "../../x.Y",
    "/etc/passwd", "/tmp/evil.Evil", "C:\\evil.Evil",
    "objectives/../../evil.X", "objectives/../games/two_player.TwoPlayer",
    "objectives/./hinge.Hinge", "objectives//hinge.Hinge", "objectives/hinge.__class__", "objectives/hinge.__init__",
    "objectives/hinge.dataclass", "objectives/hinge.Objective", "objectives/hinge.ops", "objectives/_objective.Penalty",
    "objectives/_cross_entropy.X", "objectives/hinge", "objectives.hinge.Hinge", "mulligan.objectives.hinge.Hinge",
    "networks/dcgan_torch.Generator", "networks/__init__.X", "networks/_spec.Network", "cli/train.command",
    "assemble/training.train", "recipes/dcgan.recipe", "schedule.Schedule", "schedule.math", "schedule.__builtins__",
    "catalogue.lookup", "", ".", "/", ":", "a:b", "os:system", "objectives/hinge.Hinge\x00", "objectives/hinge.Hinge ",
    "OBJECTIVES/HINGE.HINGE", "x" * 100_000, "objectives/" + "a" * 5000 + ".B", "ｏｓ.system",
    "torch.load", "pickle.loads",
]  # fmt: skip
OTHER = [None, 3, True, [], {}, ["os.system"], {"is": "os.system"}, 1.5]


def deep(levels: int) -> dict:
    part: dict = {"is": "objectives/hinge.Hinge"}
    for _ in range(levels):
        part = {"is": "games/two_player.TwoPlayer", "objective": part}
    return part


def hostile() -> list[dict]:
    """Recipes of strangers: a wrong name at one of four places, or a value that cannot be."""
    found = []
    for index, name in enumerate([*NAMES, *OTHER]):
        data = copy.deepcopy(GOOD)
        place = [data["game"], data["game"]["objective"], data["networks"]["critic"], data["learning_rate"]][index % 4]
        place["is"] = name
        found.append(data)
    for field, value in [
        ("game", deep(30)), ("game", "x"), ("game", None), ("networks", 3),
        ("networks", {"generator": 5, "critic": "x"}), ("augment", {"is": "networks/mlp.Critic"}),
        ("networks", {**GOOD["networks"], "critic": {"is": "augment/diffaug.DiffAugment"}}),
        ("batch_size", {"a": 1}), ("batch_size", "64"), ("learning_rate", [1, 2]), ("augment", 5), ("name", 3),
        ("__class__", 1), ("unknown", 1), ("latent", 10**400), ("beta1", float("nan")),
    ]:  # fmt: skip
        found.append({**copy.deepcopy(GOOD), field: value})
    return found


def test_good_recipe_comes_back():
    assert Recipe.from_json(GOOD).to_json() == recipes.get("r3gan-tiny").to_json()


@pytest.mark.parametrize("index", range(len(hostile())))
def test_hostile_recipes_import_nothing_and_get_a_sentence(index):
    for folder in catalogue.FOLDERS:
        for file in catalogue.listing(folder):
            catalogue.parts(folder, file)
    data, before = hostile()[index], set(sys.modules)
    with pytest.raises(MulliganError) as caught:
        Recipe.from_json(data)
    assert set(sys.modules) == before
    assert 20 < len(str(caught.value)) < 1500 and "\n" not in str(caught.value)


def test_a_part_of_a_stranger_is_looked_up_in_the_given_file_alone():
    module = type(sys)("mine.py")
    exec_free = {"system": __import__("os").system, "Own": type("Own", (), {"__module__": "mine.py"})}
    vars(module).update(exec_free)
    assert catalogue.from_json({"is": "mine.py:Own"}, module) is exec_free["Own"]
    for name in ("mine.py:system", "mine.py:__builtins__", "mine.py:__name__", "mine.py:missing", "mine.py:"):
        with pytest.raises(RecipeError, match="must stand there, in one file"):
            catalogue.from_json({"is": name}, module)
    with pytest.raises(RecipeError, match=r"name it, or the copy in the run folder: --recipe mine\.py"):
        catalogue.from_json({"is": "mine.py:Own"})


@pytest.mark.parametrize("folder", catalogue.FOLDERS)
def test_every_listed_part_has_a_name_that_leads_back(folder):
    assert catalogue.listing(folder)
    for file in catalogue.listing(folder):
        assert catalogue.parts(folder, file), f"{folder}/{file}.py defines no part"
        for kind in catalogue.parts(folder, file).values():
            assert catalogue.lookup(catalogue.name_of(kind)) is kind


@pytest.mark.parametrize(
    "value, kind, right",
    [
        (1, int, True), (True, int, False), (1.0, int, False), (1, float, True), (True, float, False),
        (float("nan"), float, False), (float("inf"), float, False), (2**70, int, False), (None, int | None, True),
        ("a", str, True), (3, str, False), ((1, 2), tuple[int, ...], True), ((1, "a"), tuple[int, ...], False),
        ([1], tuple[int, ...], False), ((1, 2), tuple[int, int], True), ((1,), tuple[int, int], False),
        (Cosine(0, 1, images=3), float | Cosine, True),
    ],
)  # fmt: skip
def test_what_fits_an_annotation(value, kind, right):
    assert kinds.fits(value, kind) is right


def test_words_of_a_kind():
    assert kinds.words(int | None) == "a whole number or none"
    assert kinds.words(tuple[int, ...]) == "values with commas between them"
