"""A page in the browser, by aiohttp."""
