"""What pages and API show: pure functions from the store to frozen models, without requests and without HTML."""
