"""Chart descriptions become pictures, in a child process that may fail without harm."""

from bot.drawing.drawer import Drawer

__all__ = ["Drawer"]
