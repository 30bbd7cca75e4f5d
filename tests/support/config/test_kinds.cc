#include "tests/support/config/test_kinds.h"

#include <fmt/format.h>

#include "controller/config/manifest_files.h"

namespace plumbline {

namespace {

Property property(std::string name, PropertyType type = PropertyType::kText) {
  Property made;
  made.name = std::move(name);
  made.type = type;
  return made;
}

Property required(Property made) {
  made.is_required = true;
  return made;
}

Property read_only(Property made) {
  made.role = PropertyRole::kReadOnly;
  return made;
}

Property deferrable(Property made) {
  made.is_deferrable = true;
  return made;
}

Property sensitive(Property made) {
  made.is_sensitive = true;
  return made;
}

Property between(Property made, double min, double max) {
  made.min = min;
  made.max = max;
  return made;
}

Property matching(Property made, std::string pattern, std::string help) {
  made.pattern = std::move(pattern);
  made.pattern_help = std::move(help);
  return made;
}

Property referring(
    Property made, std::string section, std::string attribute, std::string literal = ""
) {
  made.ref = RefSpec{std::move(section), std::move(attribute), false, std::move(literal)};
  return made;
}

std::shared_ptr<const Property> shared(Property made) {
  return std::make_shared<const Property>(std::move(made));
}

Property cidr(std::string name) {
  return matching(
      property(std::move(name)), R"(\d+\.\d+\.\d+\.\d+/\d+)", "a range such as 10.0.0.0/16"
  );
}

Kind kind(std::string section, std::vector<Property> properties, std::string name_property) {
  Kind made;
  made.name = section;
  made.section = std::move(section);
  made.properties = std::move(properties);
  made.name_property = std::move(name_property);
  made.tags.is_supported = true;
  made.attributes = {"id", "arn"};
  for (const Property& p : made.properties) {
    made.attributes.push_back(p.name);
  }
  return made;
}

Choice word_choice(std::string word) {
  Choice choice;
  choice.as = word;
  choice.word = std::move(word);
  return choice;
}

Choice format_choice(std::string as, std::string format) {
  Choice choice;
  choice.as = std::move(as);
  choice.format = std::move(format);
  return choice;
}

Choice field_choice(std::string field) {
  Choice choice;
  choice.as = field;
  choice.field = std::move(field);
  return choice;
}

Choice group_choice() {
  Choice choice;
  choice.as = "group";
  choice.is_reference = true;
  choice.section = "securityGroups";
  choice.attribute = "groupId";
  choice.is_weak = true;
  return choice;
}

Kind security_groups() {
  Property peer = property("peer", PropertyType::kChoice);
  peer.choices = {
      word_choice("self"),
      format_choice("cidr", "cidr4"),
      format_choice("cidr6", "cidr6"),
      field_choice("prefixList"),
      field_choice("id"),
      group_choice()};
  Property from = property("from", PropertyType::kList);
  from.element = shared(std::move(peer));
  from.accepts_single = true;
  Property rule = property("rule", PropertyType::kObject);
  rule.fields = {
      between(property("port", PropertyType::kInt), 0, 65535),
      property("ports"),
      property("protocol"),
      required(std::move(from)),
      read_only(property("ruleId"))};
  Property ingress = property("ingress", PropertyType::kList);
  ingress.element = shared(std::move(rule));
  Property description = required(property("description"));
  description.max = 20;
  return kind(
      "securityGroups",
      {referring(property("vpc"), "vpcs", "vpcId", "^vpc-"),
       matching(property("groupName"), "[a-z-]{1,20}", "1 to 20 small letters and hyphens"),
       std::move(description),
       std::move(ingress),
       read_only(property("groupId"))},
      "groupName"
  );
}

Kind db_instances() {
  Property engine = required(property("engine"));
  engine.enum_values = {"mysql", "postgres", "mariadb"};
  Property groups =
      referring(property("securityGroups", PropertyType::kSet), "securityGroups", "groupId");
  groups.max = 2;
  Property endpoint = read_only(property("endpoint", PropertyType::kObject));
  endpoint.fields = {property("address"), property("port", PropertyType::kInt)};
  Kind made = kind(
      "dbInstances",
      {property("dbInstanceIdentifier"),
       std::move(engine),
       between(property("allocatedStorage", PropertyType::kInt), 20, 65536),
       property("multiAZ", PropertyType::kBool),
       property("ratio", PropertyType::kDouble),
       sensitive(property("masterUserPassword")),
       std::move(groups),
       std::move(endpoint),
       referring(property("secret"), "secrets", "arn")},
      "dbInstanceIdentifier"
  );
  made.remove.variants.emplace_back().leaves_snapshot = true;
  return made;
}

Kind functions() {
  Property code = property("code");
  code.source = "zip";
  Property environment = property("environment", PropertyType::kMap);
  Property labels = property("labels", PropertyType::kMap);
  labels.key_pattern = "^[a-z]+$";
  labels.key_pattern_help = "small letters";
  labels.max_bytes = 26;
  Property vpc_config = property("vpcConfig", PropertyType::kObject);
  Property subnets =
      required(referring(property("subnets", PropertyType::kList), "subnets", "subnetId"));
  vpc_config.fields = {std::move(subnets), property("ipv6", PropertyType::kBool)};
  return kind(
      "functions",
      {property("functionName"),
       std::move(code),
       std::move(environment),
       std::move(labels),
       std::move(vpc_config),
       referring(property("role"), "roles", "arn", "^arn:"),
       property("region"),
       deferrable(property("onFailure")),
       property("policy", PropertyType::kJson)},
      "functionName"
  );
}

/// A network has one door, and a lift needs the doors.
Kind doors() {
  Property vpc = referring(property("vpc"), "vpcs", "vpcId");
  vpc.ref->is_exclusive = true;
  Property keys = referring(property("keys", PropertyType::kList), "secrets", "arn");
  keys.ref->is_exclusive = true;
  return kind("doors", {std::move(vpc), std::move(keys)}, "");
}

Kind lifts() {
  Kind made = kind("lifts", {referring(property("subnet"), "subnets", "subnetId")}, "");
  made.after = {"doors"};
  return made;
}

std::vector<Kind> all_kinds() {
  std::vector<Kind> kinds;
  kinds.push_back(kind(
      "vpcs",
      {required(cidr("cidrBlock")),
       property("enableDnsSupport", PropertyType::kBool),
       read_only(property("vpcId"))},
      ""
  ));
  kinds.push_back(kind(
      "subnets",
      {required(referring(property("vpc"), "vpcs", "vpcId")),
       cidr("cidrBlock"),
       property("availabilityZone"),
       read_only(property("subnetId"))},
      ""
  ));
  kinds.push_back(security_groups());
  kinds.push_back(kind(
      "secrets",
      {property("name"),
       deferrable(sensitive(property("value", PropertyType::kJson))),
       deferrable(property("resourcePolicy", PropertyType::kJson))},
      "name"
  ));
  kinds.push_back(db_instances());
  kinds.push_back(functions());
  kinds.push_back(doors());
  kinds.push_back(lifts());
  return kinds;
}

}  // namespace

const KindSource& test_kinds() {
  static const std::vector<Kind> kKinds = all_kinds();
  static const KindSource kSource = [] {
    KindSource source;
    for (const Kind& made : kKinds) {
      source.sections.push_back(made.section);
    }
    source.find_section = [](std::string_view section) -> const Kind* {
      for (const Kind& made : kKinds) {
        if (made.section == section) {
          return &made;
        }
      }
      return nullptr;
    };
    return source;
  }();
  return kSource;
}

std::shared_ptr<const Manifest> parse_text(
    std::string text, Diagnostics& diagnostics, const ManifestOptions& options
) {
  auto manifest = std::make_unique<Manifest>();
  manifest->folder = ".";
  add_document("m.yaml", std::move(text), *manifest, diagnostics);
  return parse_manifest_from(test_kinds(), std::move(manifest), options, diagnostics);
}

std::vector<std::string> places(const Diagnostics& diagnostics) {
  std::vector<std::string> all;
  for (const Diagnostic& d : diagnostics.all()) {
    all.push_back(fmt::format("{} {}:{}", d.id, d.range.begin.line, d.range.begin.column));
  }
  return all;
}

std::string words_of(const Diagnostics& diagnostics) {
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) {
    all += d.detail + "\n" + d.help + "\n";
    for (const Evidence& evidence : d.evidence) {
      all += evidence.text + " " + evidence.range.to_string() + "\n";
    }
  }
  return all;
}

}  // namespace plumbline
