"""Several models in one table and on one page, and never numbers that were measured differently."""

import json
import re
import shutil
from dataclasses import replace

import pytest
from _tiny_runs import pictures, start
from command_line import TINY

from mulligan.apps._evaluation import Evaluation
from mulligan.apps.compare import compare, lines
from mulligan.errors import DataError
from mulligan.metrics import Score

WORDS = ("-n", 30, "--measures", "frechet,label_accuracy,near_duplicates")


def evaluation(what: str, value: float, half: float = 1.0, checkpoint: str = "last", **protocol) -> Evaluation:
    told = {"extractor": "random_conv", "fake": 2000, "real": "train (50)", "checkpoint": checkpoint} | protocol
    return Evaluation(what, [Score("frechet", value, value - half, value + half, "lower", told)], None)


def test_models_stand_side_by_side_in_one_table_and_on_one_page(mulligan, plain_run, labelled_run, in_tmp):
    answer = mulligan("compare", plain_run, labelled_run, *WORDS)
    assert answer.code == 2 and "label_accuracy" in answer.err, "asked for by name, it must be there for all"
    answer = mulligan("compare", plain_run, labelled_run, "-n", 30, "--quick")
    head, rule, first, *_ = answer.out.splitlines()
    assert re.fullmatch(r"\| measure +\| better +\| plain +\| labelled +\| real +\|", head)
    assert set(rule) == {"|", "-"} and first.startswith("| frechet")
    assert re.search(r"\| label_accuracy +\| higher \| - ", answer.out), "what one model cannot have is left open"
    page = (in_tmp / "comparison.html").read_text()
    assert page.count("data:image/png;base64") == 2 and "default-src 'none'" in page
    for part in ("plain and labelled", "Fréchet distance", "recipe", "480", "train (899)", "<dd>digits</dd>"):
        assert part in page, part


def test_as_json_with_the_page_where_it_was_wanted(mulligan, plain_run, labelled_run, tmp_path):
    words = ("-n", 30, "--measures", "frechet", "--out", tmp_path / "new" / "page.html", "--json")
    found = json.loads(mulligan("compare", plain_run, labelled_run, *words).out)
    assert [model["name"] for model in found["models"]] == ["plain", "labelled"]
    (line,) = found["measures"]
    assert [score["protocol"]["fake"] for score in line["scores"]] == [30, 30] and line["floor"]["value"] > 0
    assert found["page"] == str(tmp_path / "new" / "page.html") and (tmp_path / "new" / "page.html").is_file()


def test_what_a_run_keeps_is_not_measured_again(plain_run, own_copy):
    words = {"samples": 30, "measures": "frechet", "display": "silent"}
    first = compare([plain_run, own_copy], **words).lines[0]
    (kept,) = (own_copy / "evaluations").glob("*.json")
    kept.write_text(kept.read_text().replace(json.dumps(first.scores[1].value), "12345.0"))
    again = compare([plain_run, own_copy], **words).lines[0]
    assert again.scores[1].value == 12345 and again.scores[0] == first.scores[0]


def test_the_best_is_bold_and_so_is_what_cannot_be_told_from_it():
    found = [evaluation("a", 20), evaluation("b", 21.5), evaluation("c", 30)]
    (line,) = lines("abc", found)
    assert line.ahead == [True, True, False]
    (line,) = lines("ab", [replace(one, scores=[replace(one.scores[0], better="higher")]) for one in found[1:]])
    assert line.ahead == [False, True]


def test_the_last_model_of_one_run_may_stand_beside_the_best_of_another():
    assert len(lines("ab", [evaluation("a", 20), evaluation("b", 21, checkpoint="best")])) == 1


def test_a_column_of_a_best_model_says_so(plain_run, labelled_run):
    words = {"samples": 30, "measures": "frechet", "display": "silent"}
    assert compare([plain_run, labelled_run], **words, checkpoint="best").heads == ["plain (best)", "labelled (best)"]
    assert compare([plain_run, labelled_run], **words).heads == ["plain", "labelled"]


def test_real_samples_are_counted_and_marked_where_they_are_fewer(mulligan, plain_run, labelled_run, in_tmp):
    for count, said in ((30, "of 30 |"), (920, "of only 898 |")):
        answer = mulligan("compare", plain_run, labelled_run, "-n", count, "--measures", "frechet,memorization")
        frechet, memorization = answer.out.splitlines()[2:4]
        assert frechet.endswith(said) and memorization.rstrip(" |").endswith("-"), "which has no real side of its own"
        assert f"{said.removesuffix(' |')}</small>" in (in_tmp / "comparison.html").read_text()


@pytest.mark.parametrize(
    "protocol, said",
    [
        ({"fake": 500}, "fake is 2000 and 500"),
        ({"real": "train (900)"}, r".*real is train \(50\) and train \(900\)"),
        ({"real": "train (900)", "real_hash": "0"}, ": the data has another content, or .*in each; .*--data"),
        ({"extractor": "inception", "resizer": "x"}, ".*extractor is random_conv and inception.*--extractor"),
        ({"extractor_hash": "0"}, "the extractor of the same name.*--extractor"),
        ({"samples_seed": "0 to 4"}, "samples_seed is None and 0 to 4"),
        ({"neighbors": 5}, "neighbors is None and 5"),
    ],
)
def test_numbers_that_were_measured_differently_never_stand_side_by_side(protocol, said):
    with pytest.raises(DataError, match=f"^first and second were not measured alike.*{said}"):
        lines(["first", "second"], [evaluation("a", 20), evaluation("b", 21, **protocol)])


def test_runs_of_other_data_are_told_in_one_sentence_which(plain_run, tmp_path):
    photos = pictures(tmp_path / "photos", 30)
    own = start(tmp_path / "mine", photos, steps=3).folder
    words = {"samples": 20, "measures": "frechet", "extractor": "random_conv", "display": "silent"}
    said = "plain and mine were not measured alike: plain against digits and mine against photos; name one that suits"
    with pytest.raises(DataError, match=f"^{said} both with --data, or compare them apart$"):
        compare([plain_run, own], **words)


def test_runs_on_pictures_of_another_size_are_told_apart(mulligan, refused, plain_run, tmp_path):
    mulligan(*TINY, "--size", "16", "--steps", "3", "--display", "silent", "--out", tmp_path / "larger")
    said = refused(
        "compare", plain_run, tmp_path / "larger", "-n", 20, "--measures", "frechet", "-o", tmp_path / "page.html"
    )
    assert "plain and larger were not measured alike" in said and not (tmp_path / "page.html").exists()


def test_a_page_takes_the_place_of_a_page_and_of_no_other_file(mulligan, refused, plain_run, own_copy, in_tmp):
    words = ("compare", plain_run, own_copy, "-n", 20, "--measures", "frechet", "--out")
    report = (own_copy / "report.html").read_text()
    for place, said in (
        (own_copy / "model.safetensors", "type --out model.html"),
        (own_copy / "report.html", "no page of a"),
    ):
        assert said in refused(*words, place)
    assert (own_copy / "report.html").read_text() == report and mulligan("generate", own_copy, "-n", 1).code == 0
    assert [mulligan(*words, "page.html").code for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("count, said", [(0, "none was"), (1, "one alone was"), (2, "a model was named twice")])
def test_one_model_is_nothing_to_compare(refused, plain_run, count, said):
    wanted = "which is no comparison; name two or more models: mulligan compare RUN RUN"
    assert said in (told := refused("compare", *[plain_run] * count)) and wanted in told


def test_models_of_one_name_are_told_apart_by_their_places_and_names_stay_names(plain_run, tmp_path):
    places = [shutil.copytree(plain_run, tmp_path / folder / "<b>run") for folder in ("x", "y")]
    words = {"samples": 20, "measures": "frechet", "display": "silent"}
    found = compare(places, **words, out=tmp_path / "page.html")
    assert found.names == [str(place) for place in places]
    assert "<b>run" not in (tmp_path / "page.html").read_text()
    assert compare([places[0], plain_run / "best.safetensors"], **words).names == ["<b>run", "best.safetensors"]
