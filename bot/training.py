"""Train the Rasa model, and know whether the present one still fits the training data."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from psl.settings import PROJECT_ROOT, Settings

# Everything the numbers in a trained model depend on. The extractor and the focus policy learn
# nothing: their code is simply the present one.
INPUTS = (
    "config.yml",
    "domain.yml",
    "data/nlu",
    "data/rules",
    *(
        f"bot/nlu/{name}.py"
        for name in ("encoder", "features", "sentence", "ngrams", "form", "classifier")
    ),
)


class TrainingFailed(RuntimeError):
    """`rasa train` did not end well; its output was shown."""


def fingerprint(root: Path = PROJECT_ROOT) -> str:
    """Twelve characters that change whenever something a model depends on changes."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = root / name
        files = (
            sorted(p for p in path.rglob("*") if p.suffix in {".yml", ".py"})
            if path.is_dir()
            else [path]
        )
        for file in files:
            digest.update(str(file.relative_to(root)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def model_path(settings: Settings) -> Path:
    """Where the model of the present training data is, or would be."""
    return settings.models_dir / f"psl-{fingerprint()}.tar.gz"


def train(settings: Settings) -> Path:
    """Train with Rasa's own command line in a process of its own, and return the model.

    Raises:
        TrainingFailed: Rasa refused the data.
    """
    target = model_path(settings)
    done = subprocess.run(
        [
            sys.executable, "-m", "rasa", "train",
            "--config", "config.yml", "--domain", "domain.yml",
            "--data", "data/nlu", "data/rules", "--skip-validation",
            "--out", str(settings.models_dir),
            "--fixed-model-name", target.name.removesuffix(".tar.gz"),
        ],
        cwd=PROJECT_ROOT,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode or not target.is_file():
        raise TrainingFailed(f"{done.stdout}\n{done.stderr}".strip())
    return target


def ensure_model(settings: Settings) -> Path:
    """The model of the present training data, trained now if it is missing.

    Several processes may ask at once: one trains, the others wait for its model.
    """
    path = model_path(settings)
    if path.is_file():
        return path
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    with (settings.models_dir / ".training").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return path if path.is_file() else train(settings)
