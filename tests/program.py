"""How a built program is started: one for Windows runs under wine."""
import os


def is_windows(path):
    return str(path).endswith(".exe")


def start(path):
    return ["wine", str(path)] if is_windows(path) else [str(path)]


def start_to_kill(path):
    """Without what starts wine again: it would be killed in the program's place."""
    return [os.environ.get("CABSCAN_WINE", "wine"), str(path)] if is_windows(path) \
        else [str(path)]
