"""What is known of trades whose websites people ask for: words, offers and pictures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trade:
    """`offers`: name, text and picture each. `gallery`: picture and title. `hours`: of Monday to Sunday."""

    words: str
    name: str
    kind: str
    tagline: str
    call: str
    offers_label: str
    offers_title: str
    offers: tuple[tuple[str, str, str], ...]
    gallery: tuple[tuple[str, str], ...]
    hours: tuple[tuple[int, int] | None, ...]
    pictures: tuple[str, ...]


_SHOP = ((9, 18),) * 5 + ((9, 14), None)
_MORNING = (None, *((7, 18),) * 4, (7, 14), (8, 12))
_EVENING = (None, *((17, 22),) * 4, (17, 23), (12, 21))

_BAKERY = Trade(
    words=r"baker\w*|bread|pastr\w+|patisserie|confection\w*",
    name="The bakery",
    kind="bakery",
    tagline="Bread from flour, water, salt and time, and cakes for the afternoon. Baked here, every morning.",
    call="What we bake",
    offers_label="What we bake",
    offers_title="What we bake",
    offers=(
        ("Sourdough", "Leavened for a day, baked dark, good for a week.", "loaf"),
        ("Rolls", "Crisp outside, soft inside, from the first hour on.", "roll"),
        ("Baguette", "A long crust around as little as possible.", "baguette"),
        ("Croissants", "Folded by hand, with nothing but butter.", "croissant"),
        ("Cakes", "By the slice, or whole for a birthday.", "cake"),
        ("Coffee", "To go with all of it, here or on the way.", "cup"),
    ),
    gallery=(
        ("loaf", "A loaf, fresh from the oven"),
        ("croissant", "Croissants"),
        ("wheat", "Wheat"),
        ("cup", "Coffee"),
        ("roll", "Rolls"),
    ),
    hours=_MORNING,
    pictures=("loaf", "roll", "baguette", "croissant", "cake", "cup"),
)
_CAFE = Trade(
    words=r"caf[eé]s?|coffee|tea ?room",
    name="The café",
    kind="café",
    tagline="Good coffee, something sweet beside it, and a table where you may stay.",
    call="What we serve",
    offers_label="What we serve",
    offers_title="What we serve",
    offers=(
        ("Coffee", "From espresso to a large milk coffee.", "cup"),
        ("Cake", "A few kinds, made in the morning.", "cake"),
        ("Breakfast", "Until noon, sweet or hearty.", "croissant"),
    ),
    gallery=(
        ("cup", "A cup of coffee"),
        ("cake", "Cake"),
        ("croissant", "Breakfast"),
        ("flower", "On the table"),
        ("waves", "Morning light"),
    ),
    hours=((8, 18),) * 5 + ((9, 18), (9, 17)),
    pictures=("cup", "cake", "croissant", "roll"),
)
_RESTAURANT = Trade(
    words=r"restaurants?|bistro|pizz\w+|trattoria|diner|tavern|kitchen|food truck",
    name="The restaurant",
    kind="restaurant",
    tagline="A short menu that follows the season, cooked from scratch and served without fuss.",
    call="What we cook",
    offers_label="What we cook",
    offers_title="What we cook",
    offers=(
        ("Starters", "Small plates, good for sharing.", "leaf"),
        ("Main dishes", "From the stove and the oven, with or without meat.", "plate"),
        ("Desserts", "To end with, and coffee after it.", "cake"),
    ),
    gallery=(
        ("plate", "A laid table"),
        ("leaf", "Herbs from the garden"),
        ("cake", "Dessert"),
        ("cup", "Coffee"),
        ("wheat", "Flour for the dough"),
    ),
    hours=_EVENING,
    pictures=("plate", "leaf", "cake", "cup", "loaf"),
)
_SALON = Trade(
    words=r"salon|hair\w*|barber\w*|beauty|nails?|stylist",
    name="The salon",
    kind="salon",
    tagline="A cut that still sits well in six weeks, and an hour in which nobody hurries you.",
    call="What we do",
    offers_label="What we do",
    offers_title="What we do",
    offers=(
        ("Cut", "With a wash, advice and a finish.", "scissors"),
        ("Colour", "From a shade to a change.", "brush"),
        ("Care", "For hair and skin, with time for both.", "leaf"),
    ),
    gallery=(
        ("scissors", "Scissors"),
        ("flower", "Flowers"),
        ("brush", "Colour"),
        ("leaf", "Care"),
        ("waves", "Waves"),
    ),
    hours=_SHOP,
    pictures=("scissors", "brush", "leaf", "waves"),
)
_FLORIST = Trade(
    words=r"florist\w*|flowers?|garden\w*|nursery|plants?",
    name="The flower shop",
    kind="flower shop",
    tagline="Bouquets of what is in bloom right now, tied while you wait.",
    call="What we have",
    offers_label="What we have",
    offers_title="What we have",
    offers=(
        ("Bouquets", "Tied by hand, by your taste or ours.", "flower"),
        ("Plants", "For windows, balconies and gardens.", "leaf"),
        ("Weddings", "From the bride's bouquet to the tables.", "waves"),
    ),
    gallery=(
        ("flower", "In bloom"),
        ("leaf", "Green"),
        ("waves", "Morning"),
        ("wheat", "Dried"),
        ("cup", "On the table"),
    ),
    hours=_SHOP,
    pictures=("flower", "leaf", "waves", "wheat"),
)
_CRAFT = Trade(
    words=r"painter\w*|carpent\w+|plumb\w+|electric\w+|roof\w+|craft\w*|workshop|renovat\w+|mason\w*|joiner\w*",
    name="The workshop",
    kind="workshop",
    tagline="Work done on the day that was agreed on, at the price that was named, and swept up afterwards.",
    call="What we do",
    offers_label="What we do",
    offers_title="What we do",
    offers=(
        ("Advice", "We come, look, and say what is worth doing.", "waves"),
        ("The work itself", "Inside and outside, small jobs too.", "brush"),
        ("Care afterwards", "A call is enough when something is not right.", "leaf"),
    ),
    gallery=(
        ("brush", "Colour"),
        ("leaf", "Materials that last"),
        ("waves", "An early start"),
        ("flower", "Outside"),
        ("cup", "A break"),
    ),
    hours=_SHOP,
    pictures=("brush", "waves", "leaf"),
)
_STUDIO = Trade(
    words=r"yoga|pilates|gym|fitness|dance|massage|physio\w*|studio|spa|wellness|therap\w+",
    name="The studio",
    kind="studio",
    tagline="An hour for body and head, in small groups and at your own pace.",
    call="What we offer",
    offers_label="What we offer",
    offers_title="What we offer",
    offers=(
        ("For beginners", "No experience needed, and nothing to bring.", "leaf"),
        ("Small groups", "So that there is time for each.", "waves"),
        ("One to one", "An hour that is yours alone.", "flower"),
    ),
    gallery=(
        ("waves", "Calm"),
        ("leaf", "Breath"),
        ("flower", "Balance"),
        ("cup", "Tea afterwards"),
        ("wheat", "Strength"),
    ),
    hours=((8, 20),) * 5 + ((9, 14), None),
    pictures=("waves", "leaf", "flower"),
)
PLAIN = Trade(
    words=r"shop|store|business|company|agency|practice|office|firm|hotel|farm|market|museum|school|club",
    name="Our place",
    kind="business",
    tagline="A small team that does one thing well, and likes to talk about it.",
    call="What we offer",
    offers_label="What we offer",
    offers_title="What we offer",
    offers=(
        ("Advice", "Tell us what you need, and we say what suits.", "cup"),
        ("The thing itself", "Made or chosen with care.", "leaf"),
        ("Help afterwards", "We stay there for you when it is done.", "flower"),
    ),
    gallery=(
        ("waves", "Where we are"),
        ("leaf", "What we care for"),
        ("flower", "In summer"),
        ("cup", "Come in"),
        ("wheat", "From around here"),
    ),
    hours=_SHOP,
    pictures=("leaf", "waves", "flower", "cup"),
)

TRADES = (_BAKERY, _CAFE, _RESTAURANT, _SALON, _FLORIST, _CRAFT, _STUDIO)
"""From the particular to the general; PLAIN is for all others."""

KNOWN_OFFERS = {
    "sourdough": ("Leavened for a day, baked dark, good for a week.", "loaf"),
    "rye": ("Dark, moist and full of flavour.", "loaf"),
    "focaccia": ("With olive oil, salt and rosemary.", "baguette"),
    "baguette": ("A long crust around as little as possible.", "baguette"),
    "croissants": ("Folded by hand, with nothing but butter.", "croissant"),
    "cakes": ("By the slice, or whole for a birthday.", "cake"),
    "rolls": ("Crisp outside, soft inside.", "roll"),
    "coffee": ("To go with all of it.", "cup"),
}
