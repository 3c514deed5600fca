"""Clients made from lean files are those that botocore makes from all of them."""

from pathlib import Path

import botocore.session
import pytest

from conversation.adapters.clients import aws_session
from conversation.adapters.loader import SERVICES

REGIONS = ("us-east-1", "eu-west-1", "sa-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1")


@pytest.fixture(scope="module")
def whole():
    return botocore.session.Session()


@pytest.fixture
def lean():
    return aws_session()


def asked(session, service, region):
    """Where a client would go, and as what it would sign: no request is made."""
    client = session.create_client(
        service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x"
    )
    operation = {"dynamodb": "list_tables", "secretsmanager": "list_secrets", "sns": "list_topics"}
    url = client.generate_presigned_url(operation.get(service, "list_queues"))
    scope = url.partition("X-Amz-Credential=")[2].partition("&")[0].split("%2F")[2:]
    return client.meta.endpoint_url, client.meta.partition, url.partition("?")[0], scope


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_client_goes_where_botocores_own_goes(lean, whole, service, region):
    assert asked(lean, service, region) == asked(whole, service, region)


def test_the_megabyte_of_addresses_is_not_read(lean, monkeypatch):
    files, read = lean.get_component("data_loader").file_loader, []
    load = files.load_file
    monkeypatch.setattr(files, "load_file", lambda path: read.append(Path(path).name) or load(path))

    partitions = lean.get_available_partitions()

    assert {"aws", "aws-cn", "aws-us-gov"} <= set(partitions)
    assert read == ["partitions"]
