"""The version, in its one place: CMake and the build back end read this line."""

__version__ = "0.1.0"
