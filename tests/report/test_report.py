"""The page of a run is one safe file that tells what the folder tells, whatever state the folder is in."""

import base64
import json
import math
import re
import shutil
import time

import numpy as np
import pytest
from run_folder import PROTOCOL, RESOLVED, Page, finished_run, make_run, score, tick

from mulligan.codecs._provenance import Provenance, read_provenance
from mulligan.codecs._write import save_png
from mulligan.errors import RunError
from mulligan.report import write_report
from mulligan.train.log import Log


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Page:
    return Page(write_report(make_run(tmp_path_factory.mktemp("runs") / "my-digits", finished_run())))


def test_the_page_asks_nothing_of_the_network_and_runs_no_script(page):
    assert "script" not in page.tags and "iframe" not in page.tags
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert "default-src 'none'" in page.html
    assert not re.search(r"@import|url\(", page.html)


def test_the_page_tells_what_the_folder_tells(page):
    parts = ["my-digits", "finished", "the budget is used up", "6,400", "1 min 4 s", "1,797 grey pictures of 8 x 8"]
    parts += ["TwoPlayer", "R1 (weight Linear (start 2; end 0.5))", "dcgan.Generator (size 28 × 28; latent 64)"]
    parts += [
        "dcgan, because it was asked for",
        "9c1f9c1f",
        "Learning rate",
        "Estimate: wasserstein",
        "Generator terms",
    ]
    for part in parts:
        assert part in page.text, part
    assert "Beta2" not in page.text, "a number that never changed needs no curve"
    assert "gradient clip" not in page.text, "what was left empty is left out"
    assert "always from the same latents" in page.text


def test_the_page_says_how_to_go_on(page):
    assert "mulligan generate my-digits -n 64 --seed 0 --out pictures/" in page.text
    assert "mulligan train --resume my-digits --images 12800" in page.text
    assert "mulligan evaluate my-digits --data digits" in page.text


def test_an_unfinished_run_is_gone_on_with_and_one_without_pictures_offers_no_more(tmp_path):
    text = Page(write_report(make_run(tmp_path / "-my run", finished_run()[:3]))).text
    assert "mulligan train --resume './-my run'" in text and "mulligan generate './-my run'" in text
    text = Page(write_report(make_run(tmp_path / "run", [{"event": "start", "images": 0}]))).text
    assert "mulligan train --resume run" in text and "mulligan generate" not in text


def test_best_and_last_score_are_told_with_their_intervals_and_the_floor(page):
    assert "25 24 to 26 last, after 6,400 images" in page.text
    assert "best, after 1,920 21.5 20.5 to 22.5 real against real 12.4 11.9 to 13.1" in page.text
    assert "extractor digits-cnn, extractor hash a1b2c3d4, fake 2000, checkpoint last" in page.text


def test_the_best_of_a_measure_that_should_be_high_is_the_highest(tmp_path):
    events = [score(images, value, "recall", "higher") for images, value in ((64, 0.2), (128, 0.6), (192, 0.4))]
    assert "best, after 128 0.6 -0.4 to 1.6" in Page(write_report(make_run(tmp_path / "run", events))).text


def test_scores_of_different_protocols_are_not_put_in_one_curve(tmp_path):
    other = [score(128 * n, 30.0, protocol=PROTOCOL | {"fake": 500}) for n in (1, 2)]
    again = score(320, 20.0, protocol=PROTOCOL | {"checkpoint": "best"})
    page = Page(write_report(make_run(tmp_path / "run", [score(64, 40.0), *other, again])))
    assert page.html.count('aria-label="Fréchet distance"') == 2
    assert "20 19 to 21 last, after 320 images best, after 320 20" in page.text
    assert "fake 500" in page.text and "fake 2000" in page.text, "what tells the two apart is said"


def test_the_samples_of_the_page_are_those_of_the_folder_and_still_say_that_they_are_generated(page, tmp_path):
    pictures = [address for address in page.addresses if address.startswith("data:image")]
    assert len(pictures) == 1 + 10
    copy = tmp_path / "copy.png"
    copy.write_bytes(base64.b64decode(pictures[0].partition(",")[2]))
    assert read_provenance(copy)["model"] == "dcgan"


def test_large_samples_are_recompressed_and_keep_their_mark(tmp_path):
    folder = make_run(tmp_path / "run", [])
    noise = np.random.default_rng(0).integers(0, 256, (560, 560, 3), np.uint8)
    save_png(folder / "samples" / "000000064.png", noise, Provenance("noise"))
    for images in range(128, 128 + 64 * 29, 64):
        shutil.copy(folder / "samples" / "000000064.png", folder / "samples" / f"{images:09d}.png")
    path = write_report(folder)
    assert path.stat().st_size < 5_000_000
    pictures = [address for address in Page(path).addresses if address.startswith("data:image")]
    assert len(pictures) == 13 and all(picture.startswith("data:image/webp") for picture in pictures)
    (tmp_path / "copy.webp").write_bytes(base64.b64decode(pictures[1].partition(",")[2]))
    assert read_provenance(tmp_path / "copy.webp")["model"] == "noise"


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "not started"),
        ([{"event": "start", "images": 0}], "in progress"),
        (
            [{"event": "start", "images": 0}, tick(64), {"event": "stop", "images": 64, "reason": "interrupted"}],
            "stopped",
        ),
        ([{"event": "stop", "images": 64, "reason": "interrupted"}, {"event": "resume", "images": 64}], "in progress"),
        ([{"event": "stop", "images": 64, "reason": "no more gain"}], "finished"),
        ([{"event": "stop", "images": 64, "reason": "error: the term critic/real is nan"}], "stopped"),
        ([{"event": "stop", "images": 64, "reason": "time"}], "finished"),
    ],
)
def test_a_run_in_any_state_has_a_page(tmp_path, events, state):
    page = Page(write_report(make_run(tmp_path / "run", events)))
    assert f"run report run {state}" in page.text
    if not any(event["event"] == "tick" for event in events):
        assert "No tick yet" in page.text and "No samples yet" in page.text


def test_a_run_without_a_log_and_with_an_almost_empty_recipe_has_a_page(tmp_path):
    (tmp_path / "recipe.json").write_text("{}")
    assert "not started" in Page(write_report(tmp_path)).text


def test_damaged_lines_and_pictures_are_passed_over(tmp_path):
    folder = make_run(tmp_path / "run", finished_run())
    log = folder / "log.jsonl"
    log.write_bytes(
        log.read_bytes() + b'\xff\xfe\n[1]\n"x"\n{"event": "tick", "images": "many", "terms": 3}\n{"event": "ti'
    )
    (folder / "samples" / "000006400.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (folder / "samples" / "000009999.png").mkdir()
    page = Page(write_report(folder))
    assert "6,400" in page.text
    assert sum(address.startswith("data:image") for address in page.addresses) == 1 + 9
    assert "Generated after 5,760 images" in page.text


def test_terms_that_are_not_finite_leave_a_gap_and_are_named(tmp_path):
    bad = {"critic/real": math.nan, "generator/fake": math.inf}
    page = Page(write_report(make_run(tmp_path / "run", [tick(64), tick(128), tick(192, terms=bad), tick(256)])))
    assert "not finite after 192 images" in page.text
    assert page.html.count('class="broken"') == 2
    plots = "".join(re.findall(r"<svg.*?</svg>", page.html))
    assert not re.search(r'[ "ML](nan|inf)', plots)
    only_bad = make_run(tmp_path / "only", [tick(64, terms={"critic/real": math.nan})])
    assert "not a number" in Page(write_report(only_bad)).html


HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{ 7 * 7 }}"


def test_names_with_html_in_them_do_not_break_out(tmp_path):
    name = HOSTILE.replace("/", "")
    resolved = json.loads(json.dumps(RESOLVED).replace("digits", json.dumps(HOSTILE)[1:-1]))
    resolved["recipe"] |= {"name": HOSTILE, "about": HOSTILE, HOSTILE: HOSTILE, "user": {"is": HOSTILE, HOSTILE: 1}}
    resolved |= {"mulligan": HOSTILE, "choices": [HOSTILE]}
    resolved["data"] |= {"where": HOSTILE, "lines": [f"{HOSTILE}.png was skipped"], "licence": HOSTILE}
    events = [
        {"event": HOSTILE, "images": 0, HOSTILE: HOSTILE},
        tick(64, terms={f"{HOSTILE}": 1.0, f"critic/{HOSTILE}": 1.0}),
    ]
    events += [tick(128, estimates={HOSTILE: 2.0}, numbers={HOSTILE: 3.0}), tick(192, numbers={HOSTILE: 4.0})]
    events += [
        score(192, 1.0, HOSTILE, HOSTILE, protocol={HOSTILE: HOSTILE}),
        {"event": "stop", "reason": HOSTILE, "images": 192},
    ]
    folder = make_run(tmp_path / name, events, resolved)
    shutil.copy(folder / "samples" / "000000064.png", folder / "samples" / f"{name}.png")
    page = Page(write_report(folder))
    assert "script" not in page.tags and "49" not in page.text.split()
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert page.text.count("<script>alert(1)</script>") >= 8


def test_no_folder_of_the_machine_is_told(tmp_path):
    resolved = json.loads(json.dumps(RESOLVED))
    resolved["data"]["where"] = str(tmp_path / "photos")
    resolved["settings"] |= {"data": str(tmp_path / "photos"), "cache": "C:\\Users\\anna\\cache"}
    page = Page(write_report(make_run(tmp_path / "run", finished_run(), resolved)))
    assert "photos" in page.text
    assert str(tmp_path) not in page.html and "anna" not in page.html


def test_a_folder_that_is_no_run_gets_a_sentence(tmp_path):
    with pytest.raises(RunError, match="no run folder"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_page_written_again_is_the_same_page(tmp_path):
    folder = make_run(tmp_path / "run", finished_run())
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_a_long_run_has_a_page_of_modest_size_at_once(tmp_path):
    folder = make_run(tmp_path / "run", [])
    rng = np.random.default_rng(0)
    with Log(folder / "log.jsonl") as log:
        for index in range(1, 5001):
            log.write(tick(64 * index, terms={"critic/real": rng.normal(), "critic/fake": 10 ** rng.normal()}))
    started = time.process_time()
    path = write_report(folder)
    assert time.process_time() - started < 5
    assert path.stat().st_size < 400_000


def test_signals_of_the_watch_have_curves_and_findings_their_words(tmp_path):
    signals = {"critic/accuracy": 0.7, "samples/diversity": 0.9, "critic/weight_norm": 3.0}
    found = {"event": "finding", "images": 640, "illness": "collapse", "severity": "severe", "since": 320}
    found |= {"evidence": {"diversity": 0.01}, "explanation": "All are alike. None differ.", "advice": "try R1"}
    taken = {"event": "mulligan", "images": 0, "number": 1, "illness": "collapse", "found_at": 640}
    taken |= {"changes": {"learning_rate": 0.3}, "explanation": "All are alike."}
    events = [{"event": "start", "images": 0}, *(tick(64 * n, signals=signals) for n in range(1, 11)), found, taken]
    page = write_report(make_run(tmp_path / "sick", events)).read_text()
    for words in ("Pairs that the critic ranks right", "Diversity of the samples", "collapse", "Seen: diversity 0.01"):
        assert words in page
    assert "What to do: try R1." in page and "from 640 images to 0, and on with learning_rate x 0.3" in page
