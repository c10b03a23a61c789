"""Every public name has an example that runs, and with it a page in the reference of the site."""

import doctest

import pytest

import edgeom


@pytest.mark.parametrize("name", edgeom.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    """One in its docstring, or in one of its methods; doctests of docstrings run with the tests."""
    found = doctest.DocTestFinder().find(getattr(edgeom, name), name)
    assert any(test.examples for test in found)
