"""The evaluations of a run on its page: last beside best, real samples, stamps, and the nearest training pictures."""

import json
import shutil

import pytest
from run_folder import PROTOCOL, Page, finished_run, make_run, score

from mulligan.report import write_report

REQUEST = {"samples": 2000, "seed": 0}


def evaluation(checkpoint: str, value: float, **changes) -> dict:
    numbers = [("frechet", value, "lower"), ("recall", value / 100, "higher")]
    scores = [
        score(0, number, name, better, protocol=PROTOCOL | {"checkpoint": checkpoint})["scores"][0]
        for name, number, better in numbers
    ]
    floor = [score(0, 9.25, protocol=PROTOCOL | {"fake": 500})["scores"][0]]
    about = {"checkpoint": checkpoint, "images": 6400, "request": REQUEST}
    return {"what": "my-digits", "scores": scores, "floor": floor, "about": about} | changes


@pytest.fixture
def page(tmp_path):
    """Writes evaluations into a run and reads its page."""
    folder = make_run(tmp_path / "my-digits", finished_run())
    (folder / "evaluations").mkdir()

    def written(**files: dict) -> Page:
        for name, content in files.items():
            (folder / "evaluations" / f"{name}.json").write_text(json.dumps(content))
        return Page(write_report(folder))

    written.folder = folder
    return written


def test_last_and_best_stand_side_by_side_with_real_samples_and_a_stamp(page):
    told = page(last=evaluation("last", 31.5), best=evaluation("best", 27.5)).text
    assert "digits-cnn measure last after 6,400 best after 6,400 real against real stamp" in told
    assert "Fréchet distance lower is better 31.5 30.5 to 32.5 27.5 26.5 to 28.5 9.25 8.25 to 10.25 of only 500" in told
    assert "Recall higher is better 0.315 -0.685 to 1.315 0.275 -0.725 to 1.275 –" in told


def test_the_best_models_deciding_score_stands_beside_the_last_when_it_is_all_there_is(page):
    best = evaluation("best", 27.5)["scores"][:1]
    told = page(last=evaluation("last", 31.5, best=best)).text
    assert "31.5 30.5 to 32.5 27.5 26.5 to 28.5 9.25" in told
    assert "0.315 -0.685 to 1.315 – –" in told


def test_numbers_that_were_measured_differently_are_in_different_tables(page):
    other = evaluation("best", 27.5)
    for one in other["scores"]:
        one["protocol"]["fake"] = 500
    other["about"]["request"] = REQUEST | {"samples": 500}
    told = page(last=evaluation("last", 31.5), best=other)
    assert told.html.count('class="wide evaluation"') == 2
    assert "31.5 30.5 to 32.5 9.25" in told.text, "with one column of models"
    other["about"]["request"] = REQUEST  # whatever a file claims, its stamp decides
    told = page(best=other)
    assert "31.5 30.5 to 32.5 – 9.25" in told.text


def test_the_nearest_training_pictures_are_shown_with_the_verdict(page):
    found = evaluation("last", 31.5)
    details = {"closest": [[3, 5, 0.1]], "copies": True}
    found["scores"].append(found["scores"][0] | {"measure": "memorization", "details": details})
    sheet = page.folder / "evaluations" / "last.png"
    shutil.copy(next((page.folder / "samples").glob("*.png")), sheet)
    told = page(last=found)
    assert "the training picture that each is nearest to, of those that were searched. More of them" in told.text
    assert "those below the nearest samples are training data" in told.text
    sheet.write_bytes(b"no picture")
    assert "nearest to" not in page(last=found).text


HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"about": []},
        {"about": {}, "scores": [3, {}, {"measure": None, "value": "x"}]},
        {"about": {"request": HOSTILE, "checkpoint": HOSTILE, "images": HOSTILE}, "floor": 3, "left_out": 7,
         "scores": [{"measure": HOSTILE, "value": 1, "protocol": {"extractor": HOSTILE, HOSTILE: HOSTILE},
                     "details": {"closest": HOSTILE}}]},
    ],
)  # fmt: skip
def test_whatever_lies_there_the_page_is_written(page, content):
    told = page(last=evaluation("last", 31.5), other=content)
    assert "31.5 30.5 to 32.5" in told.text and "script" not in told.tags
