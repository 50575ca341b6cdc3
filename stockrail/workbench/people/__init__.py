"""Who the people are that work with the store: accounts with passwords, sessions, and tokens of scripts.

accounts   made, given a password, disabled and enabled
passwords  argon2id, and what a password must be
sign_in    from name and password to a session, and from the session's token to its account
sessions   which are open, and their end
tokens     for scripts
throttle   wrong passwords are counted, and too many of them have to wait
lookup     an account by its name

What somebody may do is not decided here: `governance.yaml` says it, by name. Every change but the time a session was last seen has
an audit entry; neither passwords nor tokens are in it.
"""
