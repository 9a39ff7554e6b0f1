"""What the documentation shows in Python is what happens."""

import contextlib
import io
import os
import re
from typing import Any

import pytest
from conftest import ROOT

REFRESH = "JOURNEYSIM_REFRESH"
PAGES = ["README.md", "docs/guides/python.md", "docs/guides/many-machines.md"]
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?", re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_stands_below_them(page: str) -> None:
    names: dict[str, Any] = {}
    file = ROOT / page
    blocks = list(BLOCK.finditer(file.read_text()))
    assert blocks, "the page has examples"
    for block in blocks:
        # What needs a cluster of somebody else is for reading; it must be Python all the same.
        code = compile(block["code"], page, "exec")
        if "# on a cluster" in block["code"]:
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        shown = block["printed"] or ""
        if shown != printed.getvalue() and REFRESH in os.environ and shown:
            file.write_text(file.read_text().replace(f"```text\n{shown}", f"```text\n{printed.getvalue()}"))
            continue
        assert printed.getvalue() == shown, f"{page} is not current, run `cargo xtask refresh`"
