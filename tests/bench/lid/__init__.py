"""How the tables in core/language/model are made and measured."""
