"""Days and instants in the lists of the desk, as `reviews.text.days` spells them."""

DATE_FORMAT = "F j, Y"
# With the zone: nobody has to guess whose four o'clock it is.
DATETIME_FORMAT = "F j, Y, g:i A T"
