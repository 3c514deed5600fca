"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option(help="The folder of the local stack: its data and its logs.")]
Env = Annotated[Path, typer.Option(help="The file with your settings.")]
