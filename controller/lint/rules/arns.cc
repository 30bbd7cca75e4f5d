#include "controller/lint/rules/arns.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kAccountDigits = 12;
constexpr std::size_t kSecretSuffix = 6;
constexpr std::size_t kInstanceId = 26;
constexpr std::size_t kProxyId = 17;
constexpr std::size_t kKeyId = 36;  ///< Of a UUID, and of "mrk-" with what follows.

/// Whether two characters agree; one that is not known agrees with all when `is_hopeful`.
bool agree(char pattern, char text, bool is_hopeful) {
  if (pattern == text || (pattern == '?' && text != kAnyText)) {
    return true;
  }
  // What AWS will choose is within one part of an ARN.
  const bool is_open = pattern != kNoChar && pattern != ':' && text != ':' &&
                       (pattern == kAnyChar || text == kAnyChar);
  return is_hopeful && is_open;
}

bool glob(std::string_view pattern, std::string_view text, bool is_hopeful) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (is_hopeful && text[t] == kAnyText) {
      return true;  // It ends the text, and may be whatever is left of the pattern.
    }
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && agree(pattern[p], text[t], is_hopeful)) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string open_account() {
  return std::string(kAccountDigits, kAnyChar);
}

/// Of the account that the manifest calls so; "" is the one that plumbline runs in.
std::string number_of(const Manifest& manifest, const std::string& name) {
  const auto found = manifest.accounts.find(name);
  if (found != manifest.accounts.end()) {
    const auto parts = split(found->second.assume_role, ':');
    if (parts.size() > 4 && parts[4].size() == kAccountDigits) {
      return std::string(parts[4]);
    }
  }
  return open_account();
}

/// An id that AWS chooses, or chose for what is taken over; of another thing than the subject it
/// never fits.
std::string open_id(
    const Resource& resource, std::string_view prefix, std::size_t size, bool is_other
) {
  const char known = resource.import_id.empty() ? kOwnChar : kAnyChar;
  return std::string(prefix) + std::string(size, is_other ? kNoChar : known);
}

std::string key_arn_of(const Manifest& manifest, const Resource& key, bool is_other) {
  return fmt::format(
      "arn:{}:kms:{}:{}:key/{}",
      partition_of(key.region),
      key.region,
      account_of(manifest, key),
      open_id(key, "", kKeyId, is_other)
  );
}

std::string secret_arn_of(const Manifest& manifest, const Resource& holder, std::string_view name) {
  return fmt::format(
      "arn:{}:secretsmanager:{}:{}:secret:{}-{}",
      partition_of(holder.region),
      holder.region,
      account_of(manifest, holder),
      name,
      std::string(kSecretSuffix, kAnyChar)
  );
}

std::optional<std::string> expand_key(
    const Manifest& manifest, const Resource& key, const std::string& attribute, bool is_other
) {
  if (attribute == "keyId" || attribute == "id") {
    return open_id(key, "", kKeyId, is_other);
  }
  const bool is_arn = attribute == "keyArn" || attribute == "arn";
  return is_arn && !key.region.empty() ? std::optional(key_arn_of(manifest, key, is_other))
                                       : std::nullopt;
}

std::optional<std::string> expand_attribute(
    const Manifest& manifest,
    const Resource& resource,
    const std::string& attribute,
    const Resource* subject
) {
  const std::string& section = resource.address.section;
  const bool is_other = subject != nullptr && &resource != subject;
  if (section == "secrets") {
    return attribute == "name" ? std::optional(resource.properties.text_of("name"))
                               : secret_arn(manifest, resource);
  }
  if (section == "kmsKeys") {
    return expand_key(manifest, resource, attribute, is_other);
  }
  if (section == "roles" && (attribute == "roleArn" || attribute == "arn")) {
    return role_arn(manifest, resource);
  }
  if (section == "dbProxies" && attribute == "proxyId") {
    return open_id(resource, "prx-", kProxyId, is_other);
  }
  if (section == "dbInstances" && attribute == "dbiResourceId") {
    return open_id(resource, "db-", kInstanceId, is_other);
  }
  if (section == "dbInstances" && attribute == "masterUserSecret") {
    return secret_arn_of(manifest, resource, open_id(resource, "rds!db-", kKeyId, is_other));
  }
  return std::nullopt;
}

std::optional<std::string> expand_reference(
    const Manifest& manifest, const Reference& reference, const Resource* subject
) {
  const Address& address = reference.address;
  if (address.section == "account") {
    const bool is_named = reference.attribute.starts_with('@');
    return number_of(manifest, is_named ? reference.attribute.substr(1) : "");
  }
  if (address.section == "partition") {
    return std::string(partition_of(manifest.region));
  }
  if (address.section == "region" && !manifest.region.empty()) {
    return manifest.region;
  }
  const Resource* resource = manifest.find(address);
  if (resource == nullptr || resource->existing) {
    return std::nullopt;
  }
  const bool is_name = !resource->kind->name_property.empty() &&
                       reference.attribute == resource->kind->name_property;
  if (is_name && !resource->is_name_derived) {
    const std::string& name = resource->properties.text_of(reference.attribute);
    return name.empty() ? std::nullopt : std::optional(name);
  }
  return expand_attribute(manifest, *resource, reference.attribute, subject);
}

}  // namespace

std::string_view partition_of(std::string_view region) {
  if (region.starts_with("cn-")) {
    return "aws-cn";
  }
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

std::string account_of(const Manifest& manifest, const Resource& resource) {
  return number_of(manifest, resource.account);
}

bool may_be_account_of(
    const Manifest& manifest, std::string_view digits, const Resource& resource
) {
  const std::string own = account_of(manifest, resource);
  if (is_known_account(own) == is_known_account(digits)) {
    return !is_known_account(own) || own == digits;
  }
  return !are_other_accounts(manifest, own, digits);
}

bool are_other_accounts(const Manifest& manifest, std::string_view one, std::string_view other) {
  if (is_known_account(one) == is_known_account(other)) {
    return false;
  }
  const std::string_view known = is_known_account(one) ? one : other;
  return std::any_of(manifest.accounts.begin(), manifest.accounts.end(), [&](const auto& named) {
    return number_of(manifest, named.first) == known;
  });
}

bool are_in_two_accounts(const Manifest& manifest, const Resource& one, const Resource& other) {
  return one.account != other.account &&
         !may_be_account_of(manifest, account_of(manifest, one), other);
}

std::optional<SymbolicArn> expand_arn(
    const Manifest& manifest, const Value& value, const Resource* subject
) {
  if (value.is_text()) {
    return value.as_text();
  }
  if (value.is_reference()) {
    return expand_reference(manifest, value.as_reference(), subject);
  }
  if (!value.is_concat()) {
    return std::nullopt;
  }
  std::string whole;
  for (const Value& part : value.as_concat()) {
    const auto text = expand_arn(manifest, part, subject);
    if (!text) {
      return std::nullopt;
    }
    whole += *text;
  }
  return whole;
}

Answer arn_matches(std::string_view pattern, std::string_view text) {
  if (glob(pattern, text, false)) {
    return Answer::kYes;
  }
  return glob(pattern, text, true) ? Answer::kUnknown : Answer::kNo;
}

std::optional<SymbolicArn> secret_arn(const Manifest& manifest, const Resource& holder) {
  if (holder.region.empty()) {
    return std::nullopt;
  }
  if (holder.address.section == "dbInstances") {
    return secret_arn_of(manifest, holder, open_id(holder, "rds!db-", kKeyId, false));
  }
  const std::string& name = holder.properties.text_of("name");
  return name.empty() ? std::nullopt : std::optional(secret_arn_of(manifest, holder, name));
}

std::optional<SymbolicArn> key_arn(const Manifest& manifest, const Value& key) {
  if (key.is_text()) {
    const bool is_arn = key.as_text().find(":key/") != std::string::npos;
    return is_arn ? std::optional(key.as_text()) : std::nullopt;
  }
  const Resource* resource =
      key.is_reference() ? manifest.find(key.as_reference().address) : nullptr;
  const bool is_made = resource != nullptr && !resource->existing &&
                       resource->address.section == "kmsKeys" && !resource->region.empty();
  return is_made ? std::optional(key_arn_of(manifest, *resource, false)) : std::nullopt;
}

std::optional<SymbolicArn> role_arn(const Manifest& manifest, const Resource& role) {
  const std::string& name = role.properties.text_of("roleName");
  // A name that is not written is the address's, unless another one is kept from earlier.
  const bool may_be_kept =
      role.is_name_derived &&
      (!role.import_id.empty() ||
       std::any_of(manifest.moves.begin(), manifest.moves.end(), [&](const Move& move) {
         return move.to == role.address;
       }));
  if (name.empty() || may_be_kept) {
    return std::nullopt;
  }
  const std::string& path = role.properties.text_of("path");
  return fmt::format(
      "arn:{}:iam::{}:role{}{}",
      partition_of(role.region),
      account_of(manifest, role),
      path.empty() ? "/" : path,
      name
  );
}

SymbolicArn connect_id(const Resource& target) {
  const bool is_proxy = target.address.section == "dbProxies";
  return is_proxy ? open_id(target, "prx-", kProxyId, false)
                  : open_id(target, "db-", kInstanceId, false);
}

std::optional<SymbolicArn> connect_arn(
    const Manifest& manifest, const Resource& target, std::string_view user
) {
  if (target.region.empty()) {
    return std::nullopt;
  }
  return fmt::format(
      "arn:{}:rds-db:{}:{}:dbuser:{}/{}",
      partition_of(target.region),
      target.region,
      account_of(manifest, target),
      connect_id(target),
      user.empty() ? std::string_view(&kAnyText, 1) : user
  );
}

}  // namespace plumbline
