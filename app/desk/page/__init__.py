"""The desk's page: code, unlock, work list, one case, and what is done about it. A view holds no rule.

`factory.make_app` puts the parts together. Nothing here is imported by the services or the command line.
"""
