"""Aula: a small exam platform, as a team of a school might have written it."""
