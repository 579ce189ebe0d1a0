"""The move engine for Hugging Face models. Everything in here imports torch; only the backend opens this door."""
