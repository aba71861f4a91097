"""Errors that say which object was wrong, what was expected and what came."""


class InvalidJobError(Exception):
    """Raised when a job can't be trained as it is, however often it is tried: the process then exits with code 2."""

    def __init__(self, where: str, field: str, expected: str, got: object):
        super().__init__(where, field, expected, shown(got))  # what another process needs to raise it again

    def __str__(self) -> str:
        where, field, expected, got = self.args
        return f"{where}: {field}: expected {expected}, got {got}"


class InvalidSettingError(Exception):
    """Raised for a setting in the environment that isn't what it should be."""

    def __init__(self, name: str, expected: str, got: str):
        super().__init__(f"{name}: expected {expected}, got {shown(got)}")


class MissingDeviceError(Exception):
    """Raised when the device that was asked for isn't there."""


def shown(value: object) -> str:
    """Tells a value in at most 80 characters."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
