"""What stands between the world and the Lambdas on this machine.

It builds the events of API Gateway, SQS and EventBridge as AWS documents them and calls the very
handlers that are deployed. A process of its own: ``python -m infra.local.gateway``.
"""
