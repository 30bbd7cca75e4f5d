// A part of RF006: accounts and Regions. What AWS looks up by an id or a name is looked for in the
// account and the Region of the call; what others share is not.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Where what names one of a section must be. Subnets can be shared between accounts, and then
/// groups are made in the shared network. Keys, secrets and ways out have rules of their own.
struct Bond {
  std::string_view section;
  bool is_of_region, is_of_account;
};
constexpr auto kBonds = std::to_array<Bond>({
    {"vpcs", true, true},
    {"subnets", true, false},
    {"securityGroups", true, false},
    {"elasticIps", true, true},
    {"dbSubnetGroups", true, true},
    {"dbParameterGroups", true, true},
    {"dbProxies", true, true},
    {"logGroups", true, true},
    {"roles", false, true},
    {"policies", false, true},
    {"instanceProfiles", false, true},
});

std::string name_of(const std::string& account) {
  return account.empty() ? "the stack's own account" : fmt::format("account `{}`", account);
}

/// Looks at every name of a resource that stands in another one's property.
class Names {
 public:
  Names(const Reporting& reporting, const Resource& resource)
      : reporting_(reporting), resource_(resource) {}

  /// `path` is where `value` is; it grows and shrinks on the way.
  void check(
      const Property& property, const RefSpec* outer, const Value& value, std::string& path
  ) {
    const RefSpec* ref = property.ref ? &*property.ref : outer;
    // What a group lets in may be anywhere: SG007.
    if (value.is_reference() && ref != nullptr && !ref->is_weak) {
      check_reference(value.as_reference(), path);
    }
    const std::size_t length = path.size();
    static const Property kText;
    for (std::size_t i = 0; value.is_list() && i < value.size(); ++i) {
      path.append(".").append(std::to_string(i));
      check(property.element ? *property.element : kText, ref, value.as_list()[i], path);
      path.resize(length);
    }
    for (const Property& field : property.fields) {
      if (const Value* member = value.find(field.name)) {
        path.append(".").append(field.name);
        check(field, nullptr, *member, path);
        path.resize(length);
      }
    }
  }

 private:
  void check_reference(const Reference& reference, const std::string& path) {
    const Resource* other = reporting_.context().manifest.find(reference.address);
    const auto* const bond = std::find_if(kBonds.begin(), kBonds.end(), [&](const Bond& one) {
      return one.section == reference.address.section;
    });
    // What stands in the wrong place names all of its neighbours in vain: once is enough.
    if (other == nullptr || bond == kBonds.end() || is_reported_) {
      return;
    }
    const bool is_shared =
        resource_.address.section == "securityGroups" && other->address.section == "vpcs";
    if (bond->is_of_region && resource_.region != other->region) {
      report(*other, path, resource_.region, other->region);
    } else if (bond->is_of_account && !is_shared && resource_.account != other->account) {
      report(*other, path, name_of(resource_.account), name_of(other->account));
    }
  }

  void report(
      const Resource& other,
      const std::string& path,
      const std::string& here,
      const std::string& there
  ) {
    is_reported_ = true;
    Diagnostic& finding = reporting_.at({resource_, path}, "", fmt::format("name one of {}", here));
    finding.summary = "a name leads into another account or Region";
    finding.detail = fmt::format(
        "`{}` is in {}, and `{}` in {}. AWS refuses what it is given, for it finds nothing there.",
        resource_.address.to_string(),
        here,
        other.address.to_string(),
        there
    );
    finding.evidence.push_back(reporting_.evidence({other, ""}, "what it names"));
  }

  const Reporting& reporting_;
  const Resource& resource_;
  bool is_reported_ = false;
};

/// Another property of the kind says where what this one names is: of a peering's other network.
bool has_home_of_its_own(const Kind& kind, const std::string& property) {
  return std::any_of(kind.properties.begin(), kind.properties.end(), [&](const Property& other) {
    return other.default_value == Value("$" + property + ".account");
  });
}

}  // namespace

void rf006_places(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource& resource : context.manifest.resources) {
    if (resource.existing) {
      continue;
    }
    Names names(reporting, resource);
    for (const Member& member : resource.properties.as_object()) {
      const Property* property = resource.kind->find_property(member.key);
      if (property != nullptr && !has_home_of_its_own(*resource.kind, member.key)) {
        std::string path = member.key;
        names.check(*property, nullptr, member.value, path);
      }
    }
  }
}

}  // namespace plumbline::checks
