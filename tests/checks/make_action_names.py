#!/usr/bin/env python3
"""Makes controller/lint/rules/action_names.cc, the actions of services that roles on the way to a
database are often given, from AWS's service models.

Exit status 77 when botocore is not there. The file is made anew by hand, now and then: what it lacks
is never called wrong, unless it is nearly what it has.
"""
import os
import sys
import textwrap

try:
    import botocore
    import botocore.loaders
except ImportError as missing:
    print("SKIPPED: no botocore:", missing)
    sys.exit(77)

TARGET = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "controller/lint/rules/action_names.cc")

# The prefix in policies, the models, and what is in the service authorization reference alone.
SERVICES = [
    ("cloudwatch", ["cloudwatch"], ["CreateServiceLevelObjective", "GenerateQuery", "Link"]),
    ("ecs", ["ecs"], ["Poll", "StartTelemetrySession"]),
    ("elasticloadbalancing", ["elb", "elbv2"], ["SetWebAcl"]),
    ("events", ["events"], ["InvokeApiDestination", "RetrieveConnectionCredentials"]),
    ("iam", ["iam"], ["PassRole", "GetContextKeysForCustomPolicy"]),
    ("lambda", ["lambda"], [
        "InvokeFunction", "InvokeFunctionUrl", "InvokeAsync", "EnableReplication", "DisableReplication",
        "GetLayerVersionByArn", "PassCapacityProvider"]),
    ("logs", ["logs"], [
        "CreateLogDelivery", "DeleteLogDelivery", "GetLogDelivery", "Link", "ListLogDeliveries",
        "UpdateLogDelivery", "Unmask", "StartLiveTail", "StopLiveTail", "ListEntitiesForLogGroup",
        "ListLogGroupsForEntity", "AllowVendedLogDeliveryForResource"]),
    ("rds", ["rds"], ["CrossRegionCommunication"]),
    ("rds-data", ["rds-data"], []),
    ("sns", ["sns"], []),
    ("sqs", ["sqs"], []),
    ("ssm", ["ssm"], [
        "GetCalendar", "PutCalendar", "GetManifest", "PutConfigurePackageResult",
        "RegisterManagedInstance", "UpdateInstanceAssociationStatus", "UpdateInstanceInformation",
        "DescribeInstanceProperties", "ListInstanceAssociations", "DescribeDocumentParameters",
        "ExecuteAPI"]),
    ("xray", ["xray"], ["Link"]),
]

HEAD = """// Made by tests/checks/make_action_names.py from AWS's service models (botocore {version}).
#include "controller/lint/rules/action_names.h"

#include <array>

namespace plumbline {{

namespace {{

struct Service {{
  std::string_view prefix, actions;
}};

constexpr auto kServices = std::to_array<Service>({{
"""
TAIL = """});

}  // namespace

std::string_view action_names(std::string_view service) {
  for (const Service& one : kServices) {
    if (one.prefix == service) {
      return one.actions;
    }
  }
  return "";
}

}  // namespace plumbline
"""


def main():
    loader = botocore.loaders.create_loader()
    out = HEAD.format(version=botocore.__version__)
    for prefix, models, more in SERVICES:
        names = set(more)
        for model in models:
            names.update(loader.load_service_model(model, "service-2")["operations"])
        lines = textwrap.wrap(" ".join(sorted(names)), 88, break_long_words=False)
        out += '    {"%s",\n' % prefix
        out += "\n".join('     " %s%s"' % (line, "" if i + 1 < len(lines) else " ")
                         for i, line in enumerate(lines)) + "},\n"
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(out + TAIL)


if __name__ == "__main__":
    main()
