"""``edgeom network``: the facts of an architecture, as a list and as JSON."""

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from edgeom.cli.main import app
from edgeom.cli.network import AnyNetwork
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.polynomial.network import PolynomialNetwork


def run(command: str) -> Result:
    return CliRunner().invoke(app, ["network", *command.split()])


@pytest.mark.parametrize(
    ("options", "network"),
    [
        ("--widths 3,1,3", LinearNetwork([3, 1, 3])),
        ("--widths 2,3,3,2", LinearNetwork([2, 3, 3, 2])),
        ("--filters 2,2", ConvolutionalNetwork([2, 2])),
        ("--filters 2,3 --strides 2,1", ConvolutionalNetwork([2, 3], [2, 1])),
        ("--widths 3,2,1 --activation 2", PolynomialNetwork([3, 2, 1], 2)),
        (
            "--widths 2,2,2,1 --activation 2,3 --biases",
            PolynomialNetwork([2, 2, 2, 1], [2, 3], True),
        ),
        ("--widths 2,2,1 --activation t+t^2", PolynomialNetwork([2, 2, 1], activation="t+t^2")),
    ],
)
def test_facts(options: str, network: AnyNetwork) -> None:
    found = run(f"{options} --json")
    texts = {"texts": dict(network.facts())}
    assert found.exit_code == 0 and json.loads(found.stdout) == network.numbers() | texts
    lines = run(options).stdout.splitlines()
    assert len(lines) == len(network.facts())
    for line, (name, text) in zip(lines, network.facts(), strict=True):
        assert line.startswith(f"{name}  ") and line.endswith(f"  {text}")


def test_numbers_of_the_talk() -> None:
    found = json.loads(run("--widths 3,1,3 --json").stdout)
    texts = found.pop("texts")
    assert found == {
        "widths": [3, 1, 3],
        "rank": 1,
        "parameters": 6,
        "dimension": 5,
        "filling": False,
        "general fibre": 2,
        "ED degree": 3,
        "generic ED degree": 39,
    }
    assert texts["dimension"] == "5 of 9" and texts["parameters"] == "6"
    assert texts["ED degree"].startswith("3 ") and texts["generic ED degree"].startswith("39:")
    assert texts["general fibre"].endswith("2 connected components")


def test_numbers_of_filters() -> None:
    found = json.loads(run("--filters 2,2 --json").stdout)
    assert found["filling"] is False and found["general fibre"] == [4, 4]
    assert found["ED degree"] == found["generic ED degree"] == 1
    found = json.loads(run("--filters 3,2 --strides 2,1 --json").stdout)
    assert found["ED degree"] is None and found["generic ED degree"] == 10
    assert found["filter sizes"] == [3, 2] and found["strides"] == [2, 1]


def test_learning_degree() -> None:
    command = "--widths 3,2,1 --activation 2 --metric gaussian"
    assert "learning degree    3 [monodromy" in run(command).stdout
    found = json.loads(run(f"{command} --json").stdout)
    assert found["learning degree"] == 3 and found["generic ED degree"] == 13


def test_json_is_readable() -> None:
    text = run("--widths 3,1,3 --json").stdout
    assert "≤" in text and "\\u" not in text


def test_numbers_with_too_many_digits() -> None:
    found = json.loads(run("--widths 20000,10000,20000 --json").stdout)
    assert found["ED degree"] is None and found["texts"]["ED degree"].startswith("about ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "by --widths or by --filter-sizes"),
        ("--widths 2,2 --filters 2,2", "by --widths or by --filter-sizes"),
        ("--widths 2,2 --metric gaussian", "--metric belongs to networks with an --activation"),
        ("--widths 2,2 --biases", "--biases belongs to --activation"),
        ("--filters 2,2 --activation 2", "--activation belongs to --widths"),
        ("--widths 2,2,1 --activation 2 --metric cauchy", "there are no inputs 'cauchy'"),
        ("--widths 2,2,1 --activation 2,x", "--activation must be integers"),
        ("--widths 2,2 --strides 1,1", "--strides belongs to --filter-sizes"),
        ("--widths 3,x", "--widths must be integers like 3,1,3, got '3,x'"),
        ("--filters 2;2", "--filter-sizes must be integers"),
        ("--filters 2,2 --strides a", "--strides must be integers"),
        ("--widths 3", "must name the input and the output"),
        ("--widths 3,0,3", "widths[1] must be at least 1, got 0"),
        ("--filters 2,0", "at least 1"),
    ],
)
def test_what_cannot_be_used(options: str, message: str) -> None:
    found = run(options)
    assert found.exit_code == 2 and message in found.stderr
    assert found.stderr.startswith("error: ") and found.stderr.count("\n") == 1
