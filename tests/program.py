"""How a built program is started: one for Windows runs under wine."""


def is_windows(path):
    return str(path).endswith(".exe")


def start(path):
    return ["wine", str(path)] if is_windows(path) else [str(path)]
