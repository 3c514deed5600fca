import subprocess
import sys

from infra.local.processes import ROOT
from tests.chaos.mutated import MUTATIONS
from tests.chaos.presets import MUTANTS, SURVIVORS

APPLY = "from tests.chaos.mutated import MUTATIONS\nfor mutate in MUTATIONS.values(): mutate()"


def test_every_run_of_a_mutant_takes_something_out_and_every_mutation_has_its_run():
    assert set(MUTANTS) | set(SURVIVORS) == set(MUTATIONS)


def test_every_mutation_finds_in_the_product_what_it_takes_out():
    done = subprocess.run(  # noqa: S603 - our own module, in a process that may be spoilt
        [sys.executable, "-c", APPLY],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
