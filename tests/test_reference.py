"""Every public name has an example that runs, and with it a page in the reference of the site."""

import doctest
import inspect

import pytest

import edgeom


@pytest.mark.parametrize("name", edgeom.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    """One in its docstring, or in one of its methods; doctests of docstrings run with the tests."""
    value = getattr(edgeom, name)
    members = vars(value).values() if inspect.isclass(value) else []
    texts = [inspect.getdoc(item) or "" for item in (value, *members)]
    assert any(doctest.DocTestParser().get_examples(text) for text in texts)
