"""The templates are well formed, and say the same as the code beside them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conversation.adapters.values import PEPPER_VARIABLE, SECRET_VARIABLE
from conversation.alerts import TOPICS
from conversation.errors import MisconfiguredError
from conversation.metrics import METRICS
from conversation.settings import read
from conversation.signals import Signal
from conversation.variables import TwilioApiSettings
from functions.reply_sender.wiring import WRITING_S
from infra.doctor import deployed
from infra.local.gateway.functions import FUNCTIONS, FromOutbox, Http, Scheduled
from infra.packaging.contents import FUNCTIONS as PACKAGED
from tests.contract.aws.templates import ROOT, functions, listed, load

TEMPLATES = [
    "template.yaml",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("infra/aws/*.yaml")),
]

DEPLOYED = list(FUNCTIONS)


def test_cfn_lint_has_nothing_to_say():
    linted = subprocess.run(  # noqa: S603 - our own linter
        [Path(sys.executable).with_name("cfn-lint"), "--config-file", "infra/cfn-lint.yaml",
         "--", *TEMPLATES],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert linted.returncode == 0, linted.stdout


def test_the_template_has_the_functions_that_the_gateway_and_the_packages_have():
    assert set(functions()) == set(DEPLOYED) == set(PACKAGED)


@pytest.mark.parametrize("name", DEPLOYED)
def test_limits_are_those_that_the_local_gateway_keeps(name):
    deployed, local = functions()[name], FUNCTIONS[name]
    shared = load("template.yaml")["Globals"]["Function"]

    assert deployed["Timeout"] == local.timeout_s
    assert deployed.get("MemorySize", shared["MemorySize"]) == local.memory_mb


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_function_is_called_by_what_calls_it_locally(name):
    deployed, trigger = functions()[name], FUNCTIONS[name].trigger
    events = [each["Type"] for each in deployed.get("Events", {}).values()]

    match trigger:
        case Http():
            below = {f"{trigger.route_key}/{{proxy+}}"} if trigger.below else set()
            assert routes_to(deployed["LogicalId"]) == {trigger.route_key} | below
        case FromOutbox(batch_size, concurrency):
            (mapping,) = deployed["Events"].values()
            assert mapping["Properties"]["BatchSize"] == batch_size
            assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert (
                load("template.yaml")["Parameters"]["SenderConcurrency"]["Default"] == concurrency
            )
        case Scheduled():
            assert events == ["Schedule"]


def test_the_doorbells_of_a_killed_sender_come_back_soon_after_its_time_is_over():
    sender = functions()["reply_sender"]["Timeout"]
    queue = load("infra/aws/state.yaml")["Resources"]["OutboxQueue"]["Properties"]

    # Lambda takes no queue whose visibility time-out is shorter than the function's time.
    assert sender < queue["VisibilityTimeout"] <= sender + 10


def test_a_sender_has_time_for_an_item_however_long_twilio_may_take():
    longest = max(seconds for seconds in range(1, 60) if may_take(seconds))

    assert longest + WRITING_S < functions()["reply_sender"]["Timeout"]


def may_take(seconds):
    try:
        return read(TwilioApiSettings, {"TWILIO_TIMEOUT_S": str(seconds)}).timeout_s == seconds
    except MisconfiguredError:
        return False


def routes_to(function):
    resources = load("template.yaml")["Resources"]
    integrations = {
        name
        for name, each in resources.items()
        if each["Type"] == "AWS::ApiGatewayV2::Integration"
        and each["Properties"]["IntegrationUri"] == {"Fn::GetAtt": f"{function}.Arn"}
    }
    return {
        each["Properties"]["RouteKey"]
        for each in resources.values()
        if each["Type"] == "AWS::ApiGatewayV2::Route"
        and each["Properties"]["Target"]["Fn::Sub"][len("integrations/${") : -1] in integrations
    }


def test_no_function_reserves_concurrency():
    assert not [
        name for name, each in functions().items() if "ReservedConcurrentExecutions" in each
    ]


def test_each_makefile_rule_builds_the_function_of_its_name():
    makefile = (ROOT / "Makefile").read_text()
    rules = dict(re.findall(r"^build-(\w+): ; \$\(call package,(\w+)\)$", makefile, re.MULTILINE))

    assert rules == {each["LogicalId"]: name for name, each in functions().items()}


def test_every_setting_in_the_environment_is_one_that_the_process_reads():
    settings = settings_of_processes()
    template = load("template.yaml")
    shared = set(template["Globals"]["Function"]["Environment"]["Variables"])
    assert shared - {SECRET_VARIABLE} <= set().union(*settings.values())
    for name, each in functions().items():
        told = set(each.get("Environment", {}).get("Variables", {}))
        assert told - {SECRET_VARIABLE, PEPPER_VARIABLE} <= settings[name], name

    task = load("infra/aws/connector.yaml")["Resources"]["Task"]["Properties"]
    told = {each["Name"] for each in task["ContainerDefinitions"][0]["Environment"]}
    assert told - {SECRET_VARIABLE} <= settings["connector"]


def test_every_required_setting_is_in_the_environment_or_in_the_secret():
    template = load("template.yaml")
    secret = set(json.loads(template["Resources"]["HiloSecret"]["Properties"]["SecretString"]))
    shared = set(template["Globals"]["Function"]["Environment"]["Variables"])
    told = {
        name: shared | set(each.get("Environment", {}).get("Variables", {}))
        for name, each in functions().items()
    }
    task = load("infra/aws/connector.yaml")["Resources"]["Task"]["Properties"]
    told["connector"] = {each["Name"] for each in task["ContainerDefinitions"][0]["Environment"]}
    given_by_lambda = {"AWS_REGION"}

    required_of = required_settings()
    for name, variables in told.items():
        pepper = {"HILO_PEPPER"} if PEPPER_VARIABLE in variables else set()
        missing = required_of[name] - variables - secret - given_by_lambda - pepper
        assert missing == set(), name


def required_settings():
    from conversation.settings import variables_of
    from tests.unit.test_settings_docs import PROCESSES

    return {
        name: {variable.name for variable in variables_of(each) if variable.default is None}
        for name, each in PROCESSES.items()
    }


def test_whoever_needs_the_pepper_is_told_of_it_and_nobody_else():
    settings = settings_of_processes()
    told = {
        name
        for name, each in functions().items()
        if PEPPER_VARIABLE in each.get("Environment", {}).get("Variables", {})
    }

    assert told == {name for name in functions() if "HILO_PEPPER" in settings[name]}
    assert "HILO_PEPPER" not in settings["connector"]


def settings_of_processes():
    from conversation.settings import variables_of
    from tests.unit.test_settings_docs import PROCESSES

    return {
        name: {variable.name for variable in variables_of(each)} for name, each in PROCESSES.items()
    }


def test_the_secret_begins_with_the_names_of_settings_and_never_changes():
    secret = load("template.yaml")["Resources"]["HiloSecret"]
    text = secret["Properties"]["SecretString"]

    # CloudFormation writes over what people filled in, should this line ever differ.
    assert text == (
        '{"TWILIO_ACCOUNT_SID":"","TWILIO_AUTH_TOKEN":"","TWILIO_WHATSAPP_NUMBER":"",'
        '"ELEVENLABS_API_KEY":"","ELEVENLABS_WEBHOOK_SECRET":"","DEFAULT_AGENT_ID":"",'
        '"BUSINESS_NAME":"","OPENER_CONTENT_SID":""}'
    )
    assert set(json.loads(text)) <= set().union(*settings_of_processes().values())


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("template.yaml", "State"),
        ("template.yaml", "HiloSecret"),
        ("template.yaml", "PepperSecret"),
        ("infra/aws/sign_in.yaml", "Operators"),
        *(
            ("infra/aws/state.yaml", name)
            for name, each in load("infra/aws/state.yaml")["Resources"].items()
            if each["Type"] == "AWS::DynamoDB::Table" and name not in {"Commands", "SocketEvents"}
        ),
    ],
)
def test_what_people_said_outlives_the_stack(path, resource):
    kept = load(path)["Resources"][resource]

    # Kept, but not where the first deployment fails: its names would bar the second.
    assert kept["DeletionPolicy"] == "RetainExceptOnCreate"
    assert kept["UpdateReplacePolicy"] == "Retain"


ENCRYPTED = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
}
OWN_KEY = {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("path", TEMPLATES)
def test_a_key_of_ones_own_encrypts_all_that_is_kept(path):
    for name, each in load(path)["Resources"].items():
        value = each.get("Properties", {})
        for key in ENCRYPTED.get(each["Type"], ()):
            value = value[key]
        if each["Type"] in ENCRYPTED:
            assert value == OWN_KEY, name


def test_a_queue_without_a_key_of_ones_own_is_encrypted_by_sqs():
    for each in load("infra/aws/state.yaml")["Resources"].values():
        if each["Type"] == "AWS::SQS::Queue":
            managed = each["Properties"]["SqsManagedSseEnabled"]
            assert managed == {"Fn::If": ["HasKey", {"Ref": "AWS::NoValue"}, True]}


def test_the_webhook_address_tells_twilio_to_try_again():
    output = load("template.yaml")["Outputs"]["TwilioWebhookUrl"]["Value"]["Fn::Sub"][0]

    assert output == "${Url}/twilio/whatsapp#rc=2&rp=ct,rt,5xx&ct=1500&rt=3500"


def test_the_container_can_do_nothing_to_its_machine():
    task = load("infra/aws/connector.yaml")["Resources"]["Task"]["Properties"]
    (container,) = task["ContainerDefinitions"]

    assert container["ReadonlyRootFilesystem"] is True
    assert container["User"] == "10001:10001"
    assert container["StopTimeout"] == 120
    assert container["Ulimits"] == [{"Name": "nofile", "SoftLimit": 65535, "HardLimit": 65535}]


def test_the_connector_accepts_no_connection():
    resources = load("infra/aws/connector.yaml")["Resources"]

    assert "SecurityGroupIngress" not in resources["SecurityGroup"]["Properties"]
    assert not [n for n, each in resources.items() if each["Type"] == "AWS::EC2::NatGateway"]


def test_every_event_that_alarms_is_a_signal_and_is_counted():
    resources = load("infra/aws/alarms.yaml")["Resources"].values()
    alarmed = {
        dimension["Value"]
        for each in resources
        if each["Type"] == "AWS::CloudWatch::Alarm"
        for dimension in each["Properties"].get("Dimensions", [])
        if dimension["Name"] == "event"
    }
    for each in resources:
        if each["Type"] == "AWS::Logs::MetricFilter" and counts_events(each):
            counted = set(re.findall(r'= "(\w+)"', each["Properties"]["FilterPattern"]))
            assert counted == alarmed | {Signal.DEFECT_FOUND.value}

    assert alarmed <= {signal.value for signal in Signal}


def counts_events(metric_filter):
    (transformation,) = metric_filter["Properties"]["MetricTransformations"]
    return transformation["MetricName"] == "Events"


def test_no_alarm_tells_what_a_notice_tells():
    """Both go to the same topic: one trouble reaches operators once."""
    noticed = {signal.value for signal in TOPICS}
    for name, each in load("infra/aws/alarms.yaml")["Resources"].items():
        if each["Type"] != "AWS::CloudWatch::Alarm":
            continue
        properties = each["Properties"]
        words = {dimension["Value"] for dimension in properties.get("Dimensions", ())
                 if isinstance(dimension["Value"], str)}  # fmt: skip
        told_already = bool(words & noticed) or "dead-letters" in str(properties["AlarmName"])
        assert ("AlarmActions" in properties) is not told_already, name
        assert properties.get("OKActions") == properties.get("AlarmActions"), name


def test_the_sockets_are_read_from_an_event_that_the_connector_tells():
    metric = load("infra/aws/connector.yaml")["Resources"]["SocketsMetric"]["Properties"]

    assert metric["FilterPattern"] == f'{{ $.event = "{Signal.CONNECTOR_COUNTED}" }}'
    assert metric["MetricTransformations"][0]["MetricValue"] == "$.count"


def test_every_alarm_has_its_section_and_every_section_its_alarm():
    page = (ROOT / "docs/operations.md").read_text()
    # Headings in words are about something else.
    sections = re.findall(
        r"^## ([a-z0-9-]+(?:, [a-z0-9-]+)*\n(?:(?!## ).*\n)*)", page, re.MULTILINE
    )
    headed = {slug for each in sections for slug in each.partition("\n")[0].split(", ")}
    alarms = {
        each["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${Prefix}-")
        for each in load("infra/aws/alarms.yaml")["Resources"].values()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }

    assert headed == alarms
    for each in sections:
        commands = re.search(r"```sh\n(.*?)```", each, re.DOTALL)[1].strip().splitlines()
        assert len(commands) == 3, each[:60]


def test_the_dashboard_is_json_with_every_function_and_queue():
    body = load("infra/aws/dashboard.yaml")["Resources"]["Page"]["Properties"]["DashboardBody"]
    text = body["Fn::Sub"]
    json.loads(re.sub(r"\$\{[\w:]+\}", "x", text))

    for name in DEPLOYED:
        assert f"${{Prefix}}-{name}" in text
    for metric in METRICS:
        assert metric.name in text
    for queue in ("outbox.fifo", "inbox-dead-letters", *(f"inbox-{n}" for n in range(4))):
        assert f"${{Prefix}}-{queue}" in text


def test_the_panel_alone_is_throttled():
    resources = load("template.yaml")["Resources"]
    throttled = resources["ApiStage"]["Properties"]["RouteSettings"]

    # A stage names routes that exist: it is made after them. Twilio takes a 429 for final.
    assert set(throttled) == routes_to("PanelFunction")
    assert [
        resources[name]["Properties"]["RouteKey"] for name in resources["ApiStage"]["DependsOn"]
    ] == list(throttled)


def test_every_waiver_of_a_linter_has_its_reason():
    for file, key in (("checkov.yaml", "skip-check"), ("cfn-lint.yaml", "ignore_checks")):
        shared = (ROOT / "infra" / file).read_text()
        for waived in yaml.safe_load(shared)[key]:
            assert re.search(rf"^  # .*{waived}\b.*: .{{20}}", shared, re.MULTILINE), waived
    for path in TEMPLATES:
        for name, each in load(path)["Resources"].items():
            for skip in listed(each.get("Metadata", {}).get("checkov", {}).get("skip", [])):
                assert len(skip["comment"]) > 20, (path, name, skip["id"])


def outputs_asked_for(*places):
    files = [path for place in places for path in ROOT.glob(place)]
    return {name for path in files for name in re.findall(r'outputs\["(\w+)"\]', path.read_text())}


def test_every_output_that_a_command_asks_for_is_there():
    there = set(load("template.yaml")["Outputs"])
    asked = outputs_asked_for("infra/local/deployed/*.py", "infra/packaging/*.py")

    assert asked, "nothing is asked for"
    assert asked | set(deployed.OUTPUTS) <= there
    # The local stack has these of state.yaml, a deployment of the template.
    assert outputs_asked_for("infra/local/settings.py") <= there
    assert outputs_asked_for("infra/local/settings.py") <= set(
        load("infra/aws/state.yaml")["Outputs"]
    )


COUNTED = {
    "deploying.md": ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "deploying.es.md": [
        "",
        "uno",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
    ],
}
SAYING = {
    "deploying.md": (
        "{} Lambdas ({} of them behind an HTTP API, {} on a schedule), {} tables, {} queues"
    ),
    "deploying.es.md": (
        "{} Lambdas ({} detrás de una API HTTP, {} con horario), {} tablas, {} colas"
    ),
}


@pytest.mark.parametrize("page", COUNTED)
def test_the_page_counts_what_a_deployment_makes(page):
    kinds = [each["Type"] for each in load("infra/aws/state.yaml")["Resources"].values()]
    counts = (
        len(functions()),
        sum(isinstance(FUNCTIONS[name].trigger, Http) for name in functions()),
        sum(isinstance(FUNCTIONS[name].trigger, Scheduled) for name in functions()),
        kinds.count("AWS::DynamoDB::Table"),
        kinds.count("AWS::SQS::Queue"),
    )

    said = SAYING[page].format(*(COUNTED[page][count] for count in counts))
    assert said in (ROOT / "docs" / page).read_text()


def test_spanish_and_english_have_the_same_commands_for_deploying():
    commands = [
        re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)
        for page in ("deploying.md", "deploying.es.md")
    ]

    assert commands[0] == commands[1]
