from conditions.text import *  # noqa
