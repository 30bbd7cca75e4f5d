#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/iam.h"

namespace plumbline::sim {
namespace {

Fault no_such_profile(const std::string& name) {
  return {404, "NoSuchEntity", fmt::format("Instance Profile {} cannot be found.", name)};
}

}  // namespace

Value* Iam::find_profile_named(const Request& request) {
  Objects& profiles = accounts_[request.account].profiles;
  const std::string name = text_param(request.params, "InstanceProfileName");
  const auto found = profiles.find(to_lower(name));
  return found == profiles.end() || found->second.text_of("InstanceProfileName") != name
             ? nullptr
             : &found->second;
}

Neighbours::ProfileFacts Iam::find_profile(
    const std::string& account, const std::string& name_or_arn
) const {
  const auto world = accounts_.find(account);
  if (world == accounts_.end()) {
    return {};
  }
  for (const auto& [key, profile] : world->second.profiles) {
    const std::string& arn = profile.text_of("Arn");
    if (arn == name_or_arn || profile.text_of("InstanceProfileName") == name_or_arn) {
      return {
          true,
          !profile.text_of("Role").empty(),
          arn,
          profile.text_of("InstanceProfileId"),
          from_millis(profile.get("CreateDate").as_int())};
    }
  }
  return {};
}

Value Iam::show_profile(const Account& account, const Value& profile) const {
  List roles;
  if (const auto role = account.roles.find(profile.text_of("Role")); role != account.roles.end()) {
    roles.push_back(show_role(role->second, false));
  }
  Value reply = Value::object(
      {{"Path", profile.get("Path")},
       {"InstanceProfileName", profile.get("InstanceProfileName")},
       {"InstanceProfileId", profile.get("InstanceProfileId")},
       {"Arn", profile.get("Arn")},
       {"CreateDate", show_date(profile.get("CreateDate"))},
       {"Roles", roles}}
  );
  if (profile.get("Tags").size() > 0) {
    reply.set("Tags", profile.get("Tags"));
  }
  return reply;
}

Value Iam::profiles_of(const Account& account, const std::string& role_key) const {
  List all;
  for (const auto& [key, profile] : account.profiles) {
    if (profile.text_of("Role") == role_key) {
      all.push_back(show_profile(account, profile));
    }
  }
  return all;
}

Outcome Iam::create_profile(const Request& request) {
  Validation validation(request.params);
  check_name(validation, "InstanceProfileName", 128);
  check_path(validation, request.params, "Path");
  if (auto fault = validation.fault("ValidationError")) {
    return *fault;
  }
  if (auto fault = check_tags(request.params)) {
    return *fault;
  }
  Account& account = accounts_[request.account];
  const std::string name = text_param(request.params, "InstanceProfileName");
  if (account.profiles.contains(to_lower(name))) {
    return Fault{
        409, "EntityAlreadyExists", fmt::format("Instance Profile {} already exists.", name)};
  }
  Value profile = new_object(request, "instance-profile", "InstanceProfileName");
  profile.set("InstanceProfileId", make_unique_id("AIPA"));
  profile.set("Role", "");
  const Value& kept = account.profiles[to_lower(name)] = std::move(profile);
  return Value::object({{"InstanceProfile", show_profile(account, kept)}});
}

Outcome Iam::get_profile(const Request& request) {
  const Value* profile = find_profile_named(request);
  if (profile == nullptr) {
    return no_such_profile(text_param(request.params, "InstanceProfileName"));
  }
  return Value::object({{"InstanceProfile", show_profile(accounts_[request.account], *profile)}});
}

Outcome Iam::list_profiles(const Request& request) {
  const std::string prefix = text_param(request.params, "PathPrefix");
  const Account& account = accounts_[request.account];
  std::vector<Named> all;
  for (const auto& [key, profile] : account.profiles) {
    if (profile.text_of("Path").starts_with(prefix)) {
      all.push_back({key, show_profile(account, profile)});
    }
  }
  return reply_page(request, "InstanceProfiles", all);
}

Outcome Iam::list_profiles_for_role(const Request& request) {
  const Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const Value profiles =
      profiles_of(accounts_[request.account], to_lower(role->text_of("RoleName")));
  std::vector<Named> all;
  for (const Value& profile : profiles.as_list()) {
    all.push_back({to_lower(profile.text_of("InstanceProfileName")), profile});
  }
  return reply_page(request, "InstanceProfiles", all);
}

Outcome Iam::add_role_to_profile(const Request& request) {
  Value* profile = find_profile_named(request);
  if (profile == nullptr) {
    return no_such_profile(text_param(request.params, "InstanceProfileName"));
  }
  const Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  if (!profile->text_of("Role").empty()) {
    return limit_exceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  }
  profile->set("Role", to_lower(role->text_of("RoleName")));
  return Value{};
}

Outcome Iam::remove_role_from_profile(const Request& request) {
  Value* profile = find_profile_named(request);
  if (profile == nullptr) {
    return no_such_profile(text_param(request.params, "InstanceProfileName"));
  }
  const std::string role = text_param(request.params, "RoleName");
  if (profile->text_of("Role") != to_lower(role)) {
    return no_such_role(role);
  }
  profile->set("Role", "");
  return Value{};
}

Outcome Iam::delete_profile(const Request& request) {
  const Value* profile = find_profile_named(request);
  if (profile == nullptr) {
    return no_such_profile(text_param(request.params, "InstanceProfileName"));
  }
  if (!profile->text_of("Role").empty()) {
    return Fault{
        409,
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first."};
  }
  accounts_[request.account].profiles.erase(
      to_lower(text_param(request.params, "InstanceProfileName"))
  );
  return Value{};
}

Outcome Iam::tag_profile(const Request& request) {
  Value* profile = find_profile_named(request);
  return profile == nullptr ? no_such_profile(text_param(request.params, "InstanceProfileName"))
                            : tag_object(*profile, request);
}

Outcome Iam::untag_profile(const Request& request) {
  Value* profile = find_profile_named(request);
  return profile == nullptr ? no_such_profile(text_param(request.params, "InstanceProfileName"))
                            : untag_object(*profile, request);
}

Outcome Iam::list_profile_tags(const Request& request) {
  const Value* profile = find_profile_named(request);
  return profile == nullptr ? no_such_profile(text_param(request.params, "InstanceProfileName"))
                            : list_tags_of(*profile, request);
}

}  // namespace plumbline::sim
