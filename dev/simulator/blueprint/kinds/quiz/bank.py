"""Questions with their answers, by topic; the first answer is the right one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    text: str
    answers: tuple[str, ...]
    fact: str = ""

    @property
    def right(self) -> str:
        return self.answers[0]


@dataclass(frozen=True)
class Topic:
    name: str
    words: str
    questions: tuple[Question, ...]


def _capitals() -> tuple[Question, ...]:
    known = {
        "France": "Paris, Lyon, Marseille, Nice",
        "Japan": "Tokyo, Kyoto, Osaka, Sapporo",
        "Canada": "Ottawa, Toronto, Montreal, Vancouver",
        "Australia": "Canberra, Sydney, Melbourne, Perth",
        "Brazil": "Brasília, Rio de Janeiro, São Paulo, Salvador",
        "Kenya": "Nairobi, Mombasa, Kisumu, Nakuru",
        "Turkey": "Ankara, Istanbul, Izmir, Bursa",
        "New Zealand": "Wellington, Auckland, Christchurch, Dunedin",
        "Switzerland": "Bern, Zürich, Geneva, Basel",
        "Morocco": "Rabat, Casablanca, Marrakesh, Fez",
    }
    return tuple(
        Question(f"What is the capital of {country}?", tuple(cities.split(", ")))
        for country, cities in known.items()
    )


_ANIMALS = (
    Question(
        "How many legs has a spider?", ("Eight", "Six", "Ten", "Four"), "Insects have six, spiders eight."
    ),
    Question(
        "Which animal is the largest that ever lived?", ("The blue whale", "The elephant", "The whale shark")
    ),
    Question("What does a panda eat most?", ("Bamboo", "Fish", "Honey", "Grass")),
    Question("Which bird cannot fly?", ("The ostrich", "The swan", "The owl", "The stork")),
    Question(
        "How many hearts has an octopus?", ("Three", "One", "Two", "Four"), "Two of them serve the gills."
    ),
    Question("What is a young kangaroo called?", ("A joey", "A cub", "A calf", "A kit")),
    Question("Which animal sleeps upside down?", ("The bat", "The koala", "The otter")),
    Question("Which of these is a mammal?", ("The dolphin", "The shark", "The penguin", "The turtle")),
)
_SPACE = (
    Question("Which planet is red?", ("Mars", "Venus", "Jupiter", "Neptune"), "It is the iron in its dust."),
    Question("Which planet is the largest?", ("Jupiter", "Saturn", "Earth", "Uranus")),
    Question("What is at the centre of our solar system?", ("The Sun", "The Earth", "The Moon")),
    Question(
        "How long does light take from the Sun to us?",
        ("About 8 minutes", "About 8 seconds", "About 8 hours"),
    ),
    Question("Who was the first human in space?", ("Yuri Gagarin", "Neil Armstrong", "Valentina Tereshkova")),
    Question("Which galaxy is ours?", ("The Milky Way", "Andromeda", "The Whirlpool")),
    Question("How many planets go round the Sun?", ("Eight", "Seven", "Nine", "Ten")),
    Question("What makes the tides?", ("The Moon", "The wind", "The rivers")),
)
_SCIENCE = (
    Question("What is water made of?", ("Hydrogen and oxygen", "Carbon and oxygen", "Nitrogen and hydrogen")),
    Question("At how many degrees Celsius does water boil at the sea?", ("100", "90", "120", "212")),
    Question("Which gas do plants take from the air?", ("Carbon dioxide", "Oxygen", "Nitrogen")),
    Question("What is the hardest natural stone?", ("Diamond", "Quartz", "Granite", "Marble")),
    Question(
        "How many bones has a grown human?",
        ("206", "106", "306"),
        "A newborn has about 270: some join later.",
    ),
    Question("What carries electricity best?", ("Silver", "Wood", "Glass", "Rubber")),
    Question(
        "Who found that everything falls by gravity, as the story of the apple goes?",
        ("Isaac Newton", "Marie Curie", "Charles Darwin"),
    ),
    Question("Which part of a cell holds its genes?", ("The nucleus", "The wall", "The membrane")),
)
_HISTORY = (
    Question("Who painted the Mona Lisa?", ("Leonardo da Vinci", "Raphael", "Rembrandt", "Monet")),
    Question("In which year did the Berlin Wall fall?", ("1989", "1979", "1991", "1985")),
    Question("Which people built Machu Picchu?", ("The Inca", "The Maya", "The Aztecs")),
    Question(
        "Who invented the printing press with movable letters in Europe?",
        ("Johannes Gutenberg", "Galileo Galilei", "James Watt"),
    ),
    Question("In which city were the first modern Olympic Games?", ("Athens", "Paris", "London", "Rome")),
    Question("What did the ancient Egyptians write on?", ("Papyrus", "Silk", "Slate")),
    Question(
        "Which ship sank on its first voyage in 1912?", ("The Titanic", "The Mayflower", "The Santa Maria")
    ),
    Question("Who wrote Romeo and Juliet?", ("William Shakespeare", "Jane Austen", "Goethe", "Homer")),
)

_MIXED = tuple(
    question
    for group in zip(_capitals()[:3], _ANIMALS[:3], _SPACE[:3], _HISTORY[:3], strict=True)
    for question in group
)[:10]

TOPICS = (
    Topic("capitals", r"capitals?|geograph\w+|countr(?:y|ies)|cities", _capitals()),
    Topic("animals", r"animals?|nature|zoo|pets?|wildlife|biology", _ANIMALS),
    Topic("space", r"space|planets?|astronom\w+|stars?|moon|universe", _SPACE),
    Topic("science", r"science|physics|chemistry|school", _SCIENCE),
    Topic("history", r"history|art|historical|culture", _HISTORY),
    Topic("a bit of everything", r"general|trivia|knowledge|mixed|everything|pub", _MIXED),
)
GENERAL = TOPICS[-1]
EVERY = tuple(question for topic in TOPICS for question in topic.questions)
