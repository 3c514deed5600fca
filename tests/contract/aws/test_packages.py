"""What is deployed is whole: built as `sam build` builds it, and used from nothing else."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from infra.packaging.contents import AWS_SERVICES, FUNCTIONS
from infra.packaging.dependencies import HOST, Target, unpacked
from infra.packaging.package import build
from tests.contract.aws.templates import ROOT

MOST_MB = 15
REQUIREMENTS = ROOT / "functions/requirements.txt"
CACHE = ROOT / ".aws-sam/wheels"
HERE = Target(HOST, "")
DEPLOYED = Target("aarch64", "3.13")


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """Every function's package, for this machine, made by several at once as `sam build` does."""
    folder = tmp_path_factory.mktemp("packages")

    def made(function):
        return build(function, folder / function, source=ROOT, target=HERE, cache=CACHE)

    with ThreadPoolExecutor() as pool:
        assert all(pool.map(made, FUNCTIONS))
    return folder


@pytest.fixture(scope="session")
def found(packages):
    """By function: what a process finds that has its package and nothing else to import from."""
    # Parsed one after another: Python 3.11 counts the depth of all its parsers in one place.
    names = [sorted(reached(f"functions.{function}.handler")) for function in FUNCTIONS]
    with ThreadPoolExecutor() as pool:
        looks = pool.map(partial(looked_into, packages), FUNCTIONS, names)
        return dict(zip(FUNCTIONS, looks, strict=True))


def alone(package, code):
    """Run code with nothing to import from but the standard library and a package."""
    start = f"import sys; sys.path.insert(0, {str(package)!r})\n"
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-S", "-B", "-c", start + code],
        capture_output=True, text=True, check=False, cwd=package,
    )  # fmt: skip


LOOK = """
import importlib, importlib.util, json
handler = importlib.import_module("functions.{function}.handler").handler
missing = [name for name in {names!r} if not importlib.util.find_spec(name)]
import botocore, botocore.session
session = botocore.session.get_session()
clients = [
    session.create_client(service, region_name="eu-west-1").meta.service_model.service_name
    for service in {services!r}
]
told = {{"handler": callable(handler), "missing": missing, "clients": clients}}
print(json.dumps(told | {{"botocore": botocore.__file__}}))
"""


def looked_into(packages, function, names):
    package = packages / function
    code = LOOK.format(function=function, names=names, services=sorted(AWS_SERVICES))
    done = alone(package, code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_is_imported_from_its_package_alone(found, function):
    assert found[function]["handler"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_import_that_a_handler_leads_to_is_in_its_package(found, function):
    assert found[function]["missing"] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_client_is_made_from_the_package(packages, found, function):
    assert found[function]["clients"] == sorted(AWS_SERVICES)
    assert found[function]["botocore"] == str(packages / function / "botocore/__init__.py")


def reached(module):
    """What our modules import from others, those imports included that wait for their use."""
    seen, found, todo = set(), set(), [module]
    while todo:
        name = todo.pop()
        path = ROOT / (name.replace(".", "/") + ".py")
        path = path if path.exists() else ROOT / name.replace(".", "/") / "__init__.py"
        if name in seen or not path.exists():
            continue
        seen.add(name)
        for imported in imports_of(ast.parse(path.read_text())):
            ours = imported.partition(".")[0] in {"conversation", "functions", "connector"}
            (todo.append if ours else found.add)(imported)
    return {name.partition(".")[0] for name in found}


def imports_of(tree):
    skipped = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_has_no_other_function_and_none_of_the_connector(packages, function):
    inside = {path.name for path in (packages / function / "functions").iterdir()}

    assert inside - {"__pycache__", "__init__.py"} == {function}
    assert not (packages / function / "connector").exists()
    assert not (packages / function / "infra").exists()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_of_a_package_is_compiled(packages, function):
    package = packages / function
    sources = {path.relative_to(package) for path in package.rglob("*.py")}
    compiled = {
        path.parent.parent.relative_to(package) / f"{path.name.partition('.')[0]}.py"
        for path in package.rglob("*.pyc")
    }

    assert sources == compiled


@pytest.mark.parametrize("function", ["reply_sender", "sweeper"])
def test_who_sends_has_as_much_of_twilios_client_as_sending_takes(packages, function):
    kept = {path.name for path in (packages / function / "twilio/rest").iterdir() if path.is_dir()}
    code = "from twilio.rest import Client; c = Client('AC1', 't');"
    done = alone(
        packages / function, code + "c.messages; c.messaging.v2.typing_indicator; print('ok')"
    )

    assert kept - {"__pycache__"} == {"api", "messaging"}
    assert done.stdout.strip() == "ok", done.stderr


def test_the_webhook_comes_without_twilios_client(packages):
    assert (packages / "twilio_webhook/twilio/request_validator.py").exists()
    assert not (packages / "twilio_webhook/twilio/rest").exists()


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "panel"])
def test_only_the_panel_comes_with_what_draws_pages_and_signs_people_in(packages, function):
    inside = {path.name.partition(".")[0] for path in (packages / function).iterdir()}

    assert inside & {"authlib", "joserfc", "cryptography", "_cffi_backend", "jinja2"} == set()


def test_the_panels_package_has_its_pages_and_their_files(packages):
    panel, source = packages / "panel/functions/panel", ROOT / "functions/panel"

    for folder in ("templates", "static"):
        there = {path.name for path in (panel / folder).iterdir()}
        assert there == {path.name for path in (source / folder).iterdir()}


def test_the_webhooks_zip_is_small(packages, tmp_path):
    zipped = tmp_path / "webhook.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (packages / "twilio_webhook").rglob("*"):
            archive.write(path, path.relative_to(packages / "twilio_webhook"))

    assert zipped.stat().st_size <= MOST_MB * 2**20


def test_what_is_deployed_by_default_runs_on_arm():
    wheels = unpacked(REQUIREMENTS, DEPLOYED, CACHE)
    tags = {
        line.removeprefix("Tag: ").rpartition("-")[2]
        for told in wheels.glob("*.dist-info/WHEEL")
        for line in told.read_text().splitlines()
        if line.startswith("Tag: ")
    }

    assert "any" in tags
    assert {tag for tag in tags if tag != "any" and not tag.endswith("_aarch64")} == set()


# --- the connector's image: no engine runs here, so its steps are carried out by hand -------------


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """A folder as connector/Dockerfile leaves the image."""
    root = tmp_path_factory.mktemp("image")
    for source, target in copies():
        origin, goal = ROOT / source, root / target
        if origin.is_dir():
            shutil.copytree(origin, goal, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            goal.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, goal)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-input"]
    command += [
        "--only-binary=:all:",
        "--disable-pip-version-check",
        f"--target={root / 'packages'}",
    ]
    command += [f"--requirement={root / 'build/requirements.txt'}"]
    subprocess.run(command, check=True)  # noqa: S603 - pip
    return root


def copies():
    """The files that the Dockerfile takes from the project, and where they go."""
    folder = ""
    for line in (ROOT / "connector/Dockerfile").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "WORKDIR":
            folder = rest.strip("/")
        elif word == "COPY" and not rest.startswith("--from"):
            source, target = rest.split()
            yield source, folder if target == "." else f"{folder}/{target}"


def in_image(image, *arguments):
    paths = [str(image / "packages"), str(image / "hilo")]
    start = f"import sys; sys.path[:0] = {paths!r}; sys.argv[1:] = {list(arguments)!r}; "
    run = "import runpy; runpy.run_module('connector', run_name='__main__')"
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-S", "-B", "-c", start + run],
        capture_output=True, text=True, check=False, cwd=image / "hilo", env={}, timeout=60,
    )  # fmt: skip


def test_the_image_has_what_the_connector_needs_to_start(image):
    done = in_image(image)

    # It has read its settings, so all its modules are there, and says what they lack.
    assert done.returncode == 2, done.stderr
    assert "ELEVENLABS_API_KEY is missing" in done.stderr


def test_every_module_of_the_connector_is_imported_in_the_image(image):
    names = sorted(reached("connector.__main__") | {"aws_lambda_powertools"})
    paths = [str(image / "packages"), str(image / "hilo")]
    code = f"import sys; sys.path[:0] = {paths!r}; import importlib.util as u;"
    code += f"print([n for n in {names!r} if not u.find_spec(n)])"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr


def test_the_image_holds_the_connector_and_what_both_sides_share():
    assert {source for source, _ in copies()} == {
        "connector/requirements.txt", "conversation", "connector",
    }  # fmt: skip


def test_nothing_but_that_is_sent_to_the_engine():
    kept = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    assert kept == {"connector", "conversation"}


def test_the_image_does_not_run_as_root():
    lines = (ROOT / "connector/Dockerfile").read_text().splitlines()

    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") < lines.index('CMD ["python", "-m", "connector"]')
