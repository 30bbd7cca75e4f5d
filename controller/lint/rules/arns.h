// Arns: the names by which policies mean things, with what AWS will choose left open, and patterns
// of them. Knows neither policies nor rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/lint/rules/topology.h"

namespace plumbline {

/// An ARN whose characters that AWS will choose (account, random suffix) are kAnyChar.
using SymbolicArn = std::string;
inline constexpr char kAnyChar = '\x02';
/// Of an id that AWS will choose for what is made here: whoever writes an id by hand means another.
inline constexpr char kOwnChar = '\x05';
/// Agrees with no character that is written: of the id of another thing than the one asked about.
inline constexpr char kNoChar = '\x03';

/// At the end of a text: whatever follows, if anything.
inline constexpr char kAnyText = '\x04';

/// Nothing when its name or region is not known.
/// Of a secret, or of the one that RDS keeps for a database.
std::optional<SymbolicArn> secret_arn(const Manifest& manifest, const Resource& holder);
/// Of a key that is made here, or of one that is named by its own ARN; nothing for an alias.
std::optional<SymbolicArn> key_arn(const Manifest& manifest, const Value& key);
std::optional<SymbolicArn> role_arn(const Manifest& manifest, const Resource& role);
/// What rds-db:connect to a proxy or database as the user is asked of; without a user, as any.
std::optional<SymbolicArn> connect_arn(
    const Manifest& manifest, const Resource& target, std::string_view user
);
/// The id of a proxy or database in such an ARN.
SymbolicArn connect_id(const Resource& target);

/// The text of a policy's value with what AWS will choose as kAnyChar; nothing when that is not
/// enough to say anything. Ids of others than the `subject`, when there is one, never fit.
std::optional<SymbolicArn> expand_arn(
    const Manifest& manifest, const Value& value, const Resource* subject = nullptr
);
/// Whether a pattern with * and ? means the text.
Answer arn_matches(std::string_view pattern, std::string_view text);

/// "aws", "aws-cn" or "aws-us-gov"
std::string_view partition_of(std::string_view region);
/// Twelve digits that are not known; or those of the named account's role.
std::string account_of(const Manifest& manifest, const Resource& resource);
/// Whether the account of twelve digits may be the resource's. The number of the account that
/// plumbline runs in is not known: it is none of those that the manifest names.
bool may_be_account_of(const Manifest& manifest, std::string_view digits, const Resource& resource);
/// One number is not known and the other one is that of an account that the manifest names.
bool are_other_accounts(const Manifest& manifest, std::string_view one, std::string_view other);
/// By their numbers, as far as they are known, and by the names that the manifest gives them.
bool are_in_two_accounts(const Manifest& manifest, const Resource& one, const Resource& other);
inline bool is_known_account(std::string_view digits) {
  return digits.find(kAnyChar) == digits.npos;
}

inline Answer both(Answer a, Answer b) {
  return a < b ? a : b;
}
inline Answer either(Answer a, Answer b) {
  return a < b ? b : a;
}
inline Answer opposite(Answer a) {
  return a == Answer::kUnknown ? a : a == Answer::kYes ? Answer::kNo : Answer::kYes;
}

}  // namespace plumbline
