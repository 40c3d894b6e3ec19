from command_line import *  # noqa: F403 -- pytest finds fixtures by their names here
