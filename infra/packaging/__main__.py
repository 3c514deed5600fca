"""``python -m infra.packaging FUNCTION INTO``: what the makefile rules of ``sam build`` call."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from infra.packaging.contents import FUNCTIONS
from infra.packaging.dependencies import HOST, Target
from infra.packaging.package import build

SOURCE: Final = Path(__file__).parents[2]
CACHE: Final = SOURCE / ".aws-sam" / "wheels"


def main() -> None:
    """Build one package and say where a reader should look twice."""
    told = _arguments()
    target = Target(told.platform, told.python)
    compiled = build(told.function, told.into, source=SOURCE, target=target, cache=CACHE)
    if not compiled:
        sys.stderr.write(
            f"{told.function}: not byte-compiled, since there is no python{target.version} here; "
            "it will run, with slower cold starts\n"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.packaging", description=__doc__)
    parser.add_argument("function", choices=FUNCTIONS)
    parser.add_argument("into", type=Path)
    parser.add_argument("--platform", default="aarch64", choices=("aarch64", "x86_64", HOST))
    parser.add_argument("--python", default="3.13")
    return parser.parse_args()


if __name__ == "__main__":
    main()
