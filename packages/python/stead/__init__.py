"""Stead in an SQLite database: stead.load(connection), then plain SQL.

    db = stead.load(sqlite3.connect("app.db"))
    db.execute("SELECT stead_init()")
"""
import os
from typing import Any, TypeVar

__all__ = ["LoadError", "load", "path"]

path: str = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "stead.so")
"""The SQLite module, for whoever loads it in another way."""

AnyConnection = TypeVar("AnyConnection")


class LoadError(RuntimeError):
    """Stead cannot be loaded into this connection. The message says what to do."""


def load(connection: AnyConnection) -> AnyConnection:
    """Loads Stead into a connection of sqlite3, or of a driver like it (apsw), and returns the connection.

    Every connection needs it. Loading of extensions is off afterwards.
    """
    enable = _method(connection, "enable_load_extension", "enableloadextension")
    load_extension = _method(connection, "load_extension", "loadextension")
    if enable is None or load_extension is None:
        raise LoadError(_cannot_load(connection))
    enable(True)
    try:
        load_extension(path)
    except Exception as error:
        if "needs SQLite" not in str(error):
            raise
        raise LoadError(f"{_told(error)}; run a Python that uses a newer SQLite, or take the apsw package, "
                        "which has an SQLite of its own") from error
    finally:
        enable(False)
    return connection


def _method(connection: object, *names: str) -> Any:
    for name in names:
        method = getattr(connection, name, None)
        if callable(method):
            return method
    return None


def _cannot_load(connection: object) -> str:
    kind = type(connection)
    if any(base.__module__ in ("sqlite3", "_sqlite3") for base in kind.__mro__):
        return ("this Python's sqlite3 was built without loadable extensions; run one that has them (Debian's "
                "/usr/bin/python3; pyenv builds one with PYTHON_CONFIGURE_OPTS=--enable-loadable-sqlite-extensions), "
                "or take the apsw package")
    return (f"stead.load() needs a connection of sqlite3 or apsw, not {kind.__module__}.{kind.__qualname__}; "
            "with SQLAlchemy call it in a listener of the engine's \"connect\" event")


def _told(error: Exception) -> str:
    text = str(error)
    return text[text.index("stead needs"):] if "stead needs" in text else text
