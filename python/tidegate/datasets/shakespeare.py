"""Plays of Shakespeare, 1.1 MB of text: for language models over characters."""

from __future__ import annotations

from ._source import Source

__all__ = ["SOURCE", "load_data"]

SOURCE = Source(
    name="shakespeare",
    folder="text",
    files={
        "shakespeare.txt": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    },
    origin=(
        "github.com/karpathy/char-rnn (data/tinyshakespeare/input.txt, renamed to shakespeare.txt)"
    ),
    licence="the text is in the public domain",
)


def load_data() -> str:
    """The whole text, 1,115,394 characters in 40,000 lines.

    Raises:
        FileNotFoundError: says which file to put where.
        DatasetError: the file's checksum is another.
    """
    return SOURCE.read("shakespeare.txt").decode("ascii")
