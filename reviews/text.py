from conditions.text import *  # noqa

def clean_text(value, *, maximum):
    return value.strip()
