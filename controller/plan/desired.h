// Desired values: what the manifest declares, references resolved, defaults filled in; and the
// forms in which values may be kept (secrets as keyed digests).
#pragma once

#include <string>
#include <vector>

#include "controller/plan/facts.h"

namespace plumbline {

/// Every compared or sent property of the kind: declared ones resolved, others by their Absence
/// (kDefault: the default; kClear: null; kLate, kUnmanaged: missing). Value sources (zip) become
/// bytes; a source that cannot be read is an Error.
Result<Value> desired_values(
    const Resource& resource, const Facts& facts, const std::string& folder
);

/// The same without looking at files: value sources stay as they are written.
Value declared_values(const Resource& resource, const Facts& facts);

/// `value` with every secret, and all of a write-only property, replaced by {"$digest": …} keyed
/// with the install key, so that it may be stored.
Value without_secrets(const Kind& kind, const Value& properties, const std::string& install_key);
/// The digest that without_secrets writes.
std::string digest_of(const Value& value, const std::string& install_key);
/// Wraps every text inside in a secret: for properties that are sensitive but can be read back.
Value conceal(const Value& value);

/// Tags as they should be in the world: the resource's own and ours.
struct OwnerTags {
  std::string
      owner;  ///< plumbline:owner = base64url(HMAC(install key, account‖region‖stack‖address))
  std::string stack;
  std::string address;
};
OwnerTags owner_tags(
    const std::string& install_key,
    const std::string& account_id,
    const std::string& region,
    const std::string& stack,
    const Address& address
);
inline constexpr std::string_view kOwnerTag = "plumbline:owner";
inline constexpr std::string_view kIntentTag = "plumbline:intent";
inline constexpr std::string_view kStackTag = "plumbline:stack";
inline constexpr std::string_view kAddressTag = "plumbline:address";

}  // namespace plumbline
