"""The deployment, rehearsed: the real ``sam build`` and ``sam deploy`` of the real template.

They go to the emulator, which runs the packages as Lambdas under the template's own roles (it
checks IAM); the connector runs as a process with its task's environment and its task's role.
"""
