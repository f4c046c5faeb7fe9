"""Counting tokens: exact, and without the internet.

tiktoken fetches its vocabulary on first use. bpe-openai ships the same files, so we
put them where tiktoken looks (the SHA-1 of the address) and tiktoken, which checks the
content's SHA-256 itself, never goes out.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import tiktoken

_ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
SHIPPED = ("o200k_base", "cl100k_base")
FALLBACK = "o200k_base"  # unknown models; within a few percent for most vocabularies
PER_ITEM = 4  # role and separators of one item of a prompt, as OpenAI's guide counts


def install_vocabulary(cache_dir: Path) -> None:
    """Make tiktoken work offline from ``cache_dir``; cheap when that is done."""
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cache_dir)
    for name in SHIPPED:
        address = _ADDRESS.format(name=name)
        target = cache_dir / hashlib.sha1(address.encode()).hexdigest()  # noqa: S324 - tiktoken's file name
        if target.exists():
            continue
        packed = _shipped() / f"{name}.tiktoken.gz"
        cache_dir.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        fresh.write_bytes(gzip.decompress(packed.read_bytes()))
        fresh.replace(target)


def _shipped() -> Path:
    """bpe-openai's data, without importing it: that would load every vocabulary."""
    spec = find_spec("bpe_openai")
    if spec is None or not spec.origin:
        raise RuntimeError("the package bpe-openai is not installed")
    return Path(spec.origin).parent / "data"


def count(text: str, model: str = "") -> int:
    """Tokens of ``text`` for ``model``; special tokens count as the text they are."""
    return len(_encoding(_encoding_name(model)).encode_ordinary(text))


@lru_cache(maxsize=256)
def _encoding_name(model: str) -> str:
    try:
        name = tiktoken.encoding_name_for_model(model) if model else FALLBACK
    except KeyError:
        return FALLBACK
    return name if name in SHIPPED else FALLBACK


@lru_cache(maxsize=len(SHIPPED))
def _encoding(name: str) -> tiktoken.Encoding:
    return tiktoken.get_encoding(name)
