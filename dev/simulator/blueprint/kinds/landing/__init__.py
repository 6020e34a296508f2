"""The website of a place: offers, opening hours, pictures, a contact form."""
