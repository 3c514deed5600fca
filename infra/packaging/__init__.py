"""What is deployed, made from the sources: the Lambdas' packages and the connector's image.

The packages are made with the standard library alone: ``sam build`` calls this with whatever
Python the machine has.
"""
