"""Errors that the user can fix, as opposed to bugs.

The tools print the text of one as a single line and exit with code 2; see
:mod:`reldistill_mm.cli.command_line`. The text names the file, the value and
the remedy.
"""


class BadInput(ValueError):
    """A file, value or combination of them that cannot be right."""


class MissingInput(FileNotFoundError):
    """A file or folder that is not there."""


class InputExists(FileExistsError):
    """A file or folder that is there and would be overwritten."""
