"""Configuration: one strict YAML file and the environment. Only this package reads them."""

from config.loading import load, parse
from config.model import Config
from config.problems import ConfigError, Problem

__all__ = ["Config", "ConfigError", "Problem", "load", "parse"]
