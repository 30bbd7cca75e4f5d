#include "controller/plan/permissions_collect.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>

#include <fmt/format.h>

#include "controller/aws/endpoint.h"
#include "controller/base/text.h"
#include "controller/plan/desired.h"
#include "controller/plan/diff.h"

namespace plumbline {

namespace {

bool names(const std::vector<std::string>& patterns, std::string_view operation) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    return pattern.ends_with('*') ? operation.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : pattern == operation;
  });
}

Value equals(std::string_view key, Value value) {
  return Value::object({{"StringEquals", Value::object({{key, std::move(value)}})}});
}

std::string capital(std::string text) {
  if (!text.empty()) {
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  }
  return text;
}

/// The texts of a property that names things outside the manifest.
std::vector<std::string> literals_of(const Value& written) {
  std::vector<std::string> texts;
  if (written.is_text()) {
    texts.push_back(written.as_text());
  } else if (written.is_list()) {
    for (const Value& item : written.as_list()) {
      if (item.is_text()) {
        texts.push_back(item.as_text());
      }
    }
  }
  return texts;
}

}  // namespace

PermissionCollector::PermissionCollector(
    const PermissionInput& input, Purpose purpose, std::string account_id
)
    : input_(input),
      purpose_(purpose),
      facts_(account_id, input.region),
      account_(std::move(account_id)),
      stack_(input.manifest.stack),
      unknown_(Value::unknown("AWS")) {
  for (const Resource& resource : input.manifest.resources) {
    declare(facts_.at(resource.address), resource, "");
  }
  // That what is named by its ARN is no alias is known before it exists.
  for (const Resource& resource : input.manifest.resources) {
    const Kind& kind = *resource.kind;
    if (!kind.arn_property.empty()) {
      std::string arn = own_arns(subject_of(resource), false).front();
      facts_.at(resource.address).attributes.set(kind.arn_property, std::move(arn));
    }
  }
}

PermissionCollector::Subject PermissionCollector::subject_of(const Resource& resource) const {
  const std::string& region = resource.region.empty() ? input_.region : resource.region;
  Subject subject{
      resource, *resource.kind, declared_values(resource, facts_), region, partition_of(region)};
  const std::string& id = resource.existing ? resource.existing->id : resource.import_id;
  if (!id.empty()) {
    subject.desired.set("id", id);
    subject.desired.set(resource.kind->id_property, id);
  }
  return subject;
}

Scope PermissionCollector::scope_of(const Subject& subject) const {
  Scope scope(&subject.desired);
  scope.bind("region", &subject.region);
  scope.bind("partition", &subject.partition);
  scope.bind("account", &account_);
  scope.bind("stack", &stack_);
  for (const char* name : {"id", "arn", "owner", "token", "observed"}) {
    scope.bind(name, &unknown_);
  }
  return scope;
}

bool PermissionCollector::may_hold(
    const std::optional<Expr>& when, const Subject& subject, const Value* row
) const {
  if (!when) {
    return true;
  }
  Scope scope = scope_of(subject);
  if (row != nullptr) {
    scope.bind("item", row);
  }
  const Value verdict = when->evaluate(scope);
  return verdict.is_unknown() || (verdict.is_bool() && verdict.as_bool());
}

/// Whether a difference in the property could ever be seen and closed.
bool PermissionCollector::may_differ(const Subject& subject, const std::string& property) const {
  const Property* found = subject.kind.find_property(head_of(property));
  const auto& ignored = subject.resource.ignore;
  if (found == nullptr || found->is_not_compared ||
      std::find(ignored.begin(), ignored.end(), found->name) != ignored.end()) {
    return false;
  }
  const bool is_declared = !subject.resource.properties.get(found->name).is_null();
  const bool is_compared = found->absence == Absence::kDefault || found->absence == Absence::kClear;
  // What only a side read serves is not seen unless it is declared, or was by an earlier manifest.
  const auto& binds = subject.kind.observe.bind;
  const bool is_seen = purpose_ == Purpose::kApply || found->absence == Absence::kDefault ||
                       std::any_of(binds.begin(), binds.end(), [&](const Bind& bind) {
                         return head_of(bind.property) == found->name;
                       });
  return is_declared || (is_compared && is_seen && !found->is_write_only);
}

/// A name that is not known yet, or that may be any, is a star; two stars in a row say no more.
std::string PermissionCollector::fill(const Template& arn, const Subject& subject, bool is_any)
    const {
  constexpr std::array<std::string_view, 4> kPlaces = {"account", "region", "partition", "stack"};
  Value known{Object()};
  for (const std::string& name : arn.names()) {
    const Value& value = subject.desired.get(name);
    const bool is_place = std::find(kPlaces.begin(), kPlaces.end(), name) != kPlaces.end();
    if (!is_place) {
      known.set(name, value.is_text() && !is_any ? value : Value("*"));
    }
  }
  Scope scope(&known);
  scope.bind("region", &subject.region);
  scope.bind("partition", &subject.partition);
  scope.bind("account", &account_);
  scope.bind("stack", &stack_);
  const Value filled = arn.build(scope);
  std::string text = filled.is_text() ? filled.as_text() : "*";
  for (auto at = text.find("**"); at != std::string::npos; at = text.find("**", at)) {
    text.erase(at, 1);
  }
  return text;
}

std::vector<std::string> PermissionCollector::own_arns(const Subject& subject, bool is_any) const {
  std::vector<std::string> arns;
  for (const Template& arn : subject.kind.iam_resources) {
    arns.push_back(fill(arn, subject, is_any));
  }
  if (arns.empty()) {
    arns.emplace_back("*");
  }
  return arns;
}

/// What a property refers to: resources of the manifest, and what is named by id or ARN. With a
/// dot, what that property of the resource refers to; any, when it does not say.
std::vector<PermissionCollector::Target> PermissionCollector::targets_of(
    const Subject& subject, const std::string& name
) const {
  if (const auto dot = name.find('.'); dot != std::string::npos) {
    return targets_behind(subject, name.substr(0, dot), name.substr(dot + 1));
  }
  std::vector<Target> targets;
  const Value& written = subject.resource.properties.get(name);
  written.for_each_reference([&](const Reference& reference) {
    const Resource* target = input_.manifest.find(reference.address);
    if (target != nullptr) {
      const bool is_ours = !target->existing && target->kind->tags.is_supported;
      for (std::string& arn : own_arns(subject_of(*target), false)) {
        targets.push_back({std::move(arn), is_ours});
      }
    }
  });
  const Property* property = subject.kind.find_property(name);
  const Kind* kind = property != nullptr && property->ref
                         ? input_.catalog.find_section(property->ref->section)
                         : nullptr;
  for (const std::string& text : literals_of(written)) {
    if (text.starts_with("arn:")) {
      targets.push_back({text, false});
    } else if (kind != nullptr) {
      Subject named{subject.resource, *kind, Value(Object()), subject.region, subject.partition};
      named.desired.set("id", text);
      named.desired.set(kind->id_property, text);
      for (std::string& arn : own_arns(named, false)) {
        targets.push_back({std::move(arn), false});
      }
    }
  }
  return targets;
}

std::vector<PermissionCollector::Target> PermissionCollector::targets_behind(
    const Subject& subject, const std::string& name, const std::string& member
) const {
  std::vector<Target> targets;
  const Value& written = subject.resource.properties.get(name);
  written.for_each_reference([&](const Reference& reference) {
    if (const Resource* named = input_.manifest.find(reference.address)) {
      std::vector<Target> found = targets_of(subject_of(*named), member);
      targets.insert(targets.end(), found.begin(), found.end());
    }
  });
  const auto kind_at = [this](const Kind* kind, const std::string& property) -> const Kind* {
    const Property* found = kind == nullptr ? nullptr : kind->find_property(property);
    return found != nullptr && found->ref ? input_.catalog.find_section(found->ref->section)
                                          : nullptr;
  };
  const Kind* last = kind_at(kind_at(&subject.kind, name), member);
  if (targets.empty() && last != nullptr) {
    const Subject any{subject.resource, *last, Value(Object()), subject.region, subject.partition};
    for (std::string& arn : own_arns(any, true)) {
      targets.push_back({std::move(arn), false});
    }
  }
  return targets;
}

const ServiceProfile* PermissionCollector::service_of(const std::string& action) const {
  return input_.catalog.find_service(action.substr(0, action.find(':')));
}

Value PermissionCollector::with_tag(std::string_view key) const {
  return equals(fmt::format("{}/{}", key, kStackTag), stack_);
}

void PermissionCollector::put(
    const Subject& subject,
    const std::string& action,
    const std::string& resource,
    Value condition,
    Stance stance
) {
  const ServiceProfile* service = service_of(action);
  const std::string operation = action.substr(action.find(':') + 1);
  Terms terms{stance == Stance::kLook, std::move(condition), resource};
  if (service != nullptr && names(service->unscoped, operation)) {
    Value place = service->is_global ? Value() : equals("aws:RequestedRegion", subject.region);
    terms = {true, std::move(place), "*"};
  }
  Entry& entry = entries_[terms];
  entry.actions.insert(action);
  entry.stance = terms.is_look ? Stance::kLook : std::min(entry.stance, stance);
  entry.sections.insert(subject.kind.section);
  entry.services.insert(action.substr(0, action.find(':')));
}

/// Another entry on the same terms allows the action on a pattern that takes in this one's
/// resource.
bool PermissionCollector::is_covered(const Terms& terms, const std::string& action) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& other) {
    const auto& [there, entry] = other;
    // What rules out most comes first: a thousand resources have a thousand entries.
    return there.resource.find_first_of("*?") != std::string::npos &&
           entry.actions.contains(action) && there.resource != terms.resource &&
           fits_pattern(there.resource, terms.resource) && there.is_look == terms.is_look &&
           there.condition == terms.condition;
  });
}

void PermissionCollector::grant(
    const Subject& subject, const CallTemplate& call, const Grant& what, Stance stance, bool is_any
) {
  if (!may_hold(what.when, subject)) {
    return;
  }
  const bool is_own_action = what.actions.empty();
  std::vector<std::string> actions = what.actions;
  if (is_own_action) {
    actions.push_back(subject.kind.service->signing_name + ":" + call.action);
  }
  Value given;
  for (const auto& [key, value] : what.where) {
    Value tests = given.get("StringEquals");
    tests.set(key, value);
    given.set("StringEquals", std::move(tests));
  }
  std::vector<std::pair<std::string, Value>> resources;
  const bool is_tagged = subject.kind.tags.is_supported;
  if (!what.refers_to.empty()) {
    for (const Target& target : targets_of(subject, what.refers_to)) {
      const bool asks_tag = target.is_ours && stance != Stance::kLook && given.is_null();
      resources.emplace_back(target.arn, asks_tag ? with_tag("aws:ResourceTag") : given);
    }
  } else if (what.on) {
    const std::string arn = fill(*what.on, subject, false);
    const bool asks_tag = arn == "*" && is_own_action && stance == Stance::kMake && is_tagged;
    resources.emplace_back(arn, asks_tag ? with_tag("aws:RequestTag") : given);
  } else {
    const bool asks_tag = is_tagged && stance != Stance::kLook && given.is_null();
    const auto* key = stance == Stance::kMake ? "aws:RequestTag" : "aws:ResourceTag";
    for (std::string& arn : own_arns(subject, is_any)) {
      resources.emplace_back(std::move(arn), asks_tag ? with_tag(key) : given);
    }
  }
  for (const std::string& action : actions) {
    for (const auto& [arn, condition] : resources) {
      put(subject, action, arn, condition, stance);
    }
  }
}

void PermissionCollector::take(
    const Subject& subject, const CallTemplate& call, Stance stance, bool is_any
) {
  static const std::vector<Grant> kOwn(1);
  for (const Grant& what : call.iam.empty() ? kOwn : call.iam) {
    grant(subject, call, what, stance, is_any);
  }
  if (stance == Stance::kLook) {
    return;
  }
  for (const std::string& name : call.request.names()) {
    const Property* property = subject.kind.find_property(name);
    if (property == nullptr || is_nothing(subject.desired.get(name))) {
      continue;
    }
    for (const Grant& what : property->iam) {
      grant(subject, call, what, stance, is_any);
    }
  }
}

/// Of variants the first that fits is sent; while that is not certain, the ones behind it count.
void PermissionCollector::take_first(
    const Subject& subject, const std::vector<CallTemplate>& variants, Stance stance
) {
  for (const CallTemplate& variant : variants) {
    if (!may_hold(variant.when, subject)) {
      continue;
    }
    take(subject, variant, stance);
    if (!variant.when || variant.when->holds(scope_of(subject))) {
      return;
    }
  }
}

std::vector<PolicyStatement> PermissionCollector::statements() const {
  constexpr std::array<std::string_view, 4> kWords = {"Look", "Make", "Change", "Remove"};
  // Resources that the same may be done to, on the same terms, share a statement.
  using Sharing = std::tuple<bool, Value, std::vector<std::string>>;
  std::map<Sharing, std::pair<Entry, std::set<std::string>>> alike;
  for (const auto& [terms, entry] : entries_) {
    std::vector<std::string> actions;
    for (const std::string& action : entry.actions) {
      if (!is_covered(terms, action)) {
        actions.push_back(action);
      }
    }
    if (actions.empty()) {
      continue;
    }
    auto& [all, resources] = alike[{terms.is_look, terms.condition, std::move(actions)}];
    all.stance = std::min(all.stance, entry.stance);
    all.sections.insert(entry.sections.begin(), entry.sections.end());
    all.services.insert(entry.services.begin(), entry.services.end());
    resources.insert(terms.resource);
  }
  std::vector<PolicyStatement> statements;
  for (const auto& [key, found] : alike) {
    const auto& [entry, resources] = found;
    const std::string about = entry.sections.size() == 1   ? *entry.sections.begin()
                              : entry.services.size() == 1 ? *entry.services.begin()
                                                           : "stack";
    PolicyStatement statement;
    statement.sid = std::string(kWords[static_cast<std::size_t>(entry.stance)]) + capital(about);
    statement.actions = std::get<2>(key);
    statement.resources.assign(resources.begin(), resources.end());
    statement.condition = std::get<1>(key);
    statements.push_back(std::move(statement));
  }
  std::sort(
      statements.begin(),
      statements.end(),
      [](const PolicyStatement& a, const PolicyStatement& b) {
        return std::tie(a.sid, a.actions, a.resources) < std::tie(b.sid, b.actions, b.resources);
      }
  );
  // A policy takes each Sid once.
  std::map<std::string, int> used;
  for (PolicyStatement& statement : statements) {
    const int number = ++used[statement.sid];
    statement.sid += number == 1 ? "" : std::to_string(number);
  }
  return statements;
}

}  // namespace plumbline
