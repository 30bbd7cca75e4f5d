#include "simulator/services/iam.h"

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/iam_managed.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kTagLimit = 50;
constexpr std::string_view kNamePattern = "[\\w+=,.@-]+";

Value saved_objects(const std::map<std::string, Value>& objects) {
  Object saved;
  for (const auto& [key, value] : objects) {
    saved.push_back({key, value});
  }
  return saved;
}

void load_objects(const Value& saved, std::map<std::string, Value>& objects) {
  if (saved.is_object()) {
    for (const auto& [key, value] : saved.as_object()) {
      objects[key] = value;
    }
  }
}

}  // namespace

const std::map<std::string_view, Iam::Handler>& Iam::handlers() {
  static const std::map<std::string_view, Handler> all = {
      {"CreateRole", &Iam::create_role},
      {"GetRole", &Iam::get_role},
      {"ListRoles", &Iam::list_roles},
      {"UpdateRole", &Iam::update_role},
      {"UpdateRoleDescription", &Iam::update_role_description},
      {"UpdateAssumeRolePolicy", &Iam::update_assume_role_policy},
      {"DeleteRole", &Iam::delete_role},
      {"PutRolePermissionsBoundary", &Iam::put_boundary},
      {"DeleteRolePermissionsBoundary", &Iam::delete_boundary},
      {"TagRole", &Iam::tag_role},
      {"UntagRole", &Iam::untag_role},
      {"ListRoleTags", &Iam::list_role_tags},
      {"PutRolePolicy", &Iam::put_role_policy},
      {"GetRolePolicy", &Iam::get_role_policy},
      {"ListRolePolicies", &Iam::list_role_policies},
      {"DeleteRolePolicy", &Iam::delete_role_policy},
      {"AttachRolePolicy", &Iam::attach_role_policy},
      {"DetachRolePolicy", &Iam::detach_role_policy},
      {"ListAttachedRolePolicies", &Iam::list_attached_role_policies},
      {"CreatePolicy", &Iam::create_policy},
      {"GetPolicy", &Iam::get_policy},
      {"ListPolicies", &Iam::list_policies},
      {"DeletePolicy", &Iam::delete_policy},
      {"ListEntitiesForPolicy", &Iam::list_entities_for_policy},
      {"TagPolicy", &Iam::tag_policy},
      {"UntagPolicy", &Iam::untag_policy},
      {"ListPolicyTags", &Iam::list_policy_tags},
      {"GetPolicyVersion", &Iam::get_policy_version},
      {"ListPolicyVersions", &Iam::list_policy_versions},
      {"CreatePolicyVersion", &Iam::create_policy_version},
      {"DeletePolicyVersion", &Iam::delete_policy_version},
      {"SetDefaultPolicyVersion", &Iam::set_default_policy_version},
      {"CreateInstanceProfile", &Iam::create_profile},
      {"GetInstanceProfile", &Iam::get_profile},
      {"ListInstanceProfiles", &Iam::list_profiles},
      {"ListInstanceProfilesForRole", &Iam::list_profiles_for_role},
      {"AddRoleToInstanceProfile", &Iam::add_role_to_profile},
      {"RemoveRoleFromInstanceProfile", &Iam::remove_role_from_profile},
      {"DeleteInstanceProfile", &Iam::delete_profile},
      {"TagInstanceProfile", &Iam::tag_profile},
      {"UntagInstanceProfile", &Iam::untag_profile},
      {"ListInstanceProfileTags", &Iam::list_profile_tags},
      {"GetAccountAuthorizationDetails", &Iam::get_authorization_details},
  };
  return all;
}

Outcome Iam::handle(const Request& request) {
  const auto found = handlers().find(request.action);
  if (found == handlers().end()) {
    return Fault{
        400,
        "InvalidAction",
        fmt::format("Could not find operation {} for version 2010-05-08", request.action)};
  }
  return (this->*found->second)(request);
}

Value Iam::save() const {
  Object accounts;
  for (const auto& [id, account] : accounts_) {
    accounts.push_back(
        {id,
         Value::object(
             {{"roles", saved_objects(account.roles)},
              {"policies", saved_objects(account.policies)},
              {"profiles", saved_objects(account.profiles)}}
         )}
    );
  }
  return Value::object({{"accounts", accounts}});
}

void Iam::load(const Value& saved) {
  accounts_.clear();
  const Value& accounts = saved.get("accounts");
  if (!accounts.is_object()) {
    return;
  }
  for (const auto& [id, account] : accounts.as_object()) {
    load_objects(account.get("roles"), accounts_[id].roles);
    load_objects(account.get("policies"), accounts_[id].policies);
    load_objects(account.get("profiles"), accounts_[id].profiles);
  }
}

Neighbours::RoleFacts Iam::find_role(const std::string& account, const std::string& role_arn)
    const {
  Neighbours::RoleFacts facts;
  const auto world = accounts_.find(account);
  const std::string resource = parse_arn(role_arn).resource;
  if (world == accounts_.end() || !resource.starts_with("role/")) {
    return facts;
  }
  const auto found = world->second.roles.find(to_lower(resource.substr(resource.rfind('/') + 1)));
  if (found == world->second.roles.end() || found->second.text_of("Arn") != role_arn) {
    return facts;
  }
  const Value& role = found->second;
  facts.exists = true;
  facts.created_at = from_millis(role.get("CreateDate").as_int());
  if (auto trust = parse_json(role.text_of("AssumeRolePolicyDocument"))) {
    facts.trust_policy = *trust;
  }
  std::vector<std::string> documents;
  for (const Member& inline_policy : role.get("Inline").as_object()) {
    documents.push_back(inline_policy.value.as_text());
  }
  for (const std::string& arn : texts_of(role.get("Attached"))) {
    documents.push_back(document_of(world->second, arn));
  }
  for (const std::string& document : documents) {
    if (auto parsed = parse_json(document)) {
      facts.policies.push_back(*parsed);
    }
  }
  return facts;
}

std::string Iam::document_of(const Account& account, const std::string& arn) const {
  const auto found = account.policies.find(arn);
  if (found == account.policies.end()) {
    return aws_managed_document(arn);
  }
  for (const Value& version : items_of(found->second.get("Versions"))) {
    if (version.text_of("VersionId") == found->second.text_of("DefaultVersionId")) {
      return version.text_of("Document");
    }
  }
  return "";
}

std::string Iam::make_unique_id(std::string_view prefix) {
  std::string id(prefix);
  for (char c : world_.make_word(17)) {
    // The alphabet of unique ids is base32: no 0, 1, 8 and 9.
    const bool is_absent = c == '0' || c == '1' || c == '8' || c == '9';
    if (is_absent) {
      id += static_cast<char>('A' + (c - '0'));
    } else {
      id += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return id;
}

Value Iam::new_object(const Request& request, std::string_view kind, std::string_view name_key) {
  const std::string name = text_param(request.params, name_key);
  const std::string given_path = text_param(request.params, "Path");
  const std::string path = given_path.empty() ? "/" : given_path;
  Value tags = List{};
  merge_tags(tags, request.params.get("Tags"));
  return Value::object(
      {{name_key, name},
       {"Path", path},
       {"Arn", fmt::format("arn:aws:iam::{}:{}{}{}", request.account, kind, path, name)},
       {"CreateDate", to_millis(world_.now())},
       {"Tags", tags}}
  );
}

Fault no_such_role(std::string_view name) {
  return {404, "NoSuchEntity", fmt::format("The role with name {} cannot be found.", name)};
}

Fault no_such_policy(std::string_view arn) {
  return {404, "NoSuchEntity", fmt::format("Policy {} was not found.", arn)};
}

Fault malformed_document(std::string_view why) {
  return {400, "MalformedPolicyDocument", std::string(why)};
}

Fault limit_exceeded(std::string_view message) {
  return {409, "LimitExceeded", std::string(message)};
}

std::string show_date(const Value& millis) {
  return format_iso8601(from_millis(millis.as_int()));
}

void copy_member(Value& reply, const Value& stored, std::string_view key) {
  if (const Value* found = stored.find(key); found != nullptr && !found->is_null()) {
    reply.set(key, *found);
  }
}

Outcome reply_page(const Request& request, std::string_view key, const std::vector<Named>& all) {
  Validation validation(request.params);
  validation.range("MaxItems", 1, 1000);
  if (auto fault = validation.fault("ValidationError")) {
    return *fault;
  }
  const auto limit = static_cast<std::size_t>(int_param(request.params, "MaxItems").value_or(100));
  const auto page = page_of(all, text_param(request.params, "Marker"), limit);
  if (!page) {
    return Fault{400, "ValidationError", "Invalid Marker."};
  }
  Value reply = Value::object({{key, page->items}, {"IsTruncated", !page->next.empty()}});
  if (!page->next.empty()) {
    reply.set("Marker", page->next);
  }
  return reply;
}

std::optional<Fault> check_tags(const Value& params) {
  const List tags = items_of(params.get("Tags"));
  std::map<std::string, int> seen;
  for (const Value& tag : tags) {
    const std::string& key = tag.text_of("Key");
    if (key.empty() || key.size() > 128 || tag.text_of("Value").size() > 256) {
      return Fault{
          400,
          "ValidationError",
          fmt::format(
              "1 validation error detected: Value '{}' at 'tags.1.member.key' failed to satisfy "
              "constraint: Member must have length between 1 and 128, its value at most 256",
              key
          )};
    }
    if (to_lower(key).starts_with("aws:")) {
      return Fault{400, "InvalidInput", "System tags cannot be added/updated by requester."};
    }
    if (++seen[to_lower(key)] > 1) {
      return Fault{
          400,
          "InvalidInput",
          "Duplicate tag keys found. Please note that Tag keys are case insensitive."};
    }
  }
  if (tags.size() > kTagLimit) {
    return limit_exceeded("The number of tags has reached the maximum limit.");
  }
  return std::nullopt;
}

Outcome tag_object(Value& stored, const Request& request) {
  if (auto fault = check_tags(request.params)) {
    return *fault;
  }
  Value tags = stored.get("Tags");
  merge_tags(tags, request.params.get("Tags"));
  if (tags.size() > kTagLimit) {
    return limit_exceeded("The number of tags has reached the maximum limit.");
  }
  stored.set("Tags", tags);
  return Value{};
}

Outcome untag_object(Value& stored, const Request& request) {
  Value tags = stored.get("Tags");
  remove_tags(tags, texts_of(request.params.get("TagKeys")));
  stored.set("Tags", tags);
  return Value{};
}

Outcome list_tags_of(const Value& stored, const Request& request) {
  std::vector<Named> all;
  for (const Value& tag : items_of(stored.get("Tags"))) {
    all.push_back({tag.text_of("Key"), tag});
  }
  return reply_page(request, "Tags", all);
}

void check_name(Validation& validation, std::string_view key, std::size_t longest) {
  validation.required(key);
  validation.length(key, 1, longest);
  validation.made_of(key, "_+=,.@-", kNamePattern);
}

void check_path(Validation& validation, const Value& params, std::string_view key) {
  validation.length(key, 1, 512);
  const std::string path = text_param(params, key);
  if (has_param(params, key) && !(path.starts_with('/') && path.ends_with('/'))) {
    validation.add(
        key,
        "Member must satisfy regular expression pattern: "
        "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"
    );
  }
}

std::unique_ptr<Service> make_iam(World& world, Neighbours& neighbours) {
  auto iam = std::make_unique<Iam>(world);
  neighbours.find_role = [service = iam.get()](
                             const std::string& account, const std::string& role_arn
                         ) { return service->find_role(account, role_arn); };
  neighbours.find_profile = [service = iam.get()](
                                const std::string& account, const std::string& name_or_arn
                            ) { return service->find_profile(account, name_or_arn); };
  return iam;
}

}  // namespace plumbline::sim
