#include "controller/config/manifest_connections.h"

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/functions.h"
#include "controller/config/manifest_scalars.h"

namespace plumbline {

namespace {

/// "arn:aws:iam::123456789012:role/path/NAME", in any partition.
bool is_role_arn(std::string_view text) {
  constexpr std::size_t kParts = 6, kAccountDigits = 12;
  const auto parts = split(text, ':');
  return parts.size() == kParts && parts[0] == "arn" && parts[2] == "iam" && parts[3].empty() &&
         parts[4].size() == kAccountDigits &&
         parts[4].find_first_not_of("0123456789") == std::string_view::npos &&
         parts[5].starts_with("role/") && !parts[5].ends_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

std::string read_end(const Node& node, std::string_view word, const Reporter& reporter) {
  const Node* end = node.find(word);
  if (end == nullptr) {
    reporter.add(
        kMissing,
        node.range,
        fmt::format("The connection lacks `{}`.", word),
        fmt::format("add `{}`: an address (section.name), `internet`, or a CIDR", word)
    );
    return "";
  }
  const std::string text = read_word(*end, word, reporter);
  if (text.find('/') != std::string::npos && !functions::is_cidr4(text) &&
      !functions::is_cidr6(text)) {
    reporter.add(
        kNotAllowed,
        end->range,
        fmt::format("{} is no range of addresses.", in_ticks(text)),
        "write a range such as 10.0.0.0/16, an address (section.name) or `internet`"
    );
    return "";
  }
  return text;
}

void read_expectation(const Node& node, const Reporter& reporter, Connection& connection) {
  const std::string text = read_word(node, "expect", reporter);
  if (text == "denied") {
    connection.expect = Expectation::kDenied;
  } else if (node.is_scalar() && text != "allowed") {
    reporter.add(
        kNotAllowed,
        node.range,
        fmt::format("`expect` does not take {}.", in_ticks(text)),
        suggest(text, {"allowed", "denied"}, "use `allowed` or `denied`")
    );
  }
}

void read_port(const Node& node, const Reporter& reporter, Connection& connection) {
  const std::string text = read_word(node, "port", reporter);
  if (!node.is_scalar()) {
    return;
  }
  const Scalar port = to_int(text, node.is_plain);
  if (!port.fault.empty()) {
    reporter.add(kWrongType, node.range, port.fault, port.advice);
  } else if (port.value.as_int() < 1 || port.value.as_int() > 65535) {
    reporter.add(
        kNotAllowed,
        node.range,
        fmt::format("`port` takes 1 to 65535, not {}.", text),
        "write a port"
    );
  } else {
    connection.port = static_cast<int>(port.value.as_int());
  }
}

void read_login(const Node& node, const Reporter& reporter, Connection& connection) {
  const std::string text = read_word(node, "auth", reporter);
  connection.auth_range = node.range;
  if (text == "iam") {
    connection.auth = Login::kIam;
  } else if (text == "password") {
    connection.auth = Login::kPassword;
  } else if (node.is_scalar()) {
    reporter.add(
        kNotAllowed,
        node.range,
        fmt::format("`auth` does not take {}.", in_ticks(text)),
        suggest(text, {"iam", "password"}, "use `iam` or `password`")
    );
  }
}

/// Nobody logs in where nothing gets through.
void check_login(const Node& node, const Reporter& reporter, const Connection& connection) {
  for (const std::string_view word : {"auth", "user"}) {
    const Node* written = node.find(word);
    if (written != nullptr && connection.expect == Expectation::kDenied) {
      reporter.add(
          kUseless,
          written->range,
          fmt::format("`{}` says how to log in over a connection that must not be.", word),
          fmt::format("delete `{}`, or `expect: denied`", word)
      );
    }
  }
}

/// "internet" and ranges stand for themselves; the name of a group for all its members.
std::vector<std::string> ends_of(const LoadContext& context, const std::string& end) {
  std::vector<std::string> ends;
  const Address address = Address::parse(end);
  if (!context.groups.contains(address)) {
    return {end};
  }
  for (const Address& member : context.members(address)) {
    ends.push_back(member.to_string());
  }
  return ends;
}

void add_connections(LoadContext& context, const Connection& written) {
  for (const std::string& from : ends_of(context, written.from)) {
    for (const std::string& to : ends_of(context, written.to)) {
      Connection& connection = context.manifest.connections.emplace_back(written);
      connection.from = from;
      connection.to = to;
    }
  }
}

}  // namespace

void read_connections(LoadContext& context, const Node& node) {
  const Reporter reporter(context.diagnostics, "");
  if (!node.is_list()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`connections` takes a list, not {}.", describe(node)),
        "write `- { from: …, to: … }`"
    );
    return;
  }
  for (const Node& item : node.items) {
    if (!item.is_map()) {
      reporter.add(
          kWrongType,
          item.range,
          fmt::format("A connection is a map, not {}.", describe(item)),
          "write { from: …, to: … }, or delete it"
      );
      continue;
    }
    if (!check_words(
            item, "connections", {"from", "to", "expect", "port", "auth", "user"}, reporter
        )) {
      continue;
    }
    Connection connection;
    connection.range = item.range;
    connection.from = read_end(item, "from", reporter);
    connection.to = read_end(item, "to", reporter);
    if (const Node* expect = item.find("expect")) {
      read_expectation(*expect, reporter, connection);
    }
    if (const Node* port = item.find("port")) {
      read_port(*port, reporter, connection);
    }
    if (const Node* auth = item.find("auth")) {
      read_login(*auth, reporter, connection);
    }
    if (const Node* user = item.find("user")) {
      connection.user = read_word(*user, "user", reporter);
      connection.user_range = user->range;
    }
    check_login(item, reporter, connection);
    if (!connection.from.empty() && !connection.to.empty()) {
      add_connections(context, connection);
    }
  }
}

void read_accounts(LoadContext& context, const Node& node) {
  const Reporter reporter(context.diagnostics, "");
  if (!node.is_map()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`accounts` takes a map, not {}.", describe(node)),
        "write NAME: { assumeRole: ARN }"
    );
    return;
  }
  for (const NodeEntry& entry : node.entries) {
    if (!is_resource_name(entry.key)) {
      reporter.add(
          kBadName,
          entry.key_range,
          fmt::format("{} cannot name an account.", in_ticks(entry.key)),
          "start with a letter and go on with letters, digits, - and _"
      );
      continue;
    }
    AccountSpec& account = context.manifest.accounts[entry.key];
    if (entry.value.is_null() ||
        !check_words(entry.value, entry.key, {"assumeRole", "externalId", "region"}, reporter)) {
      continue;
    }
    const auto word = [&](std::string_view name) {
      const Node* written = entry.value.find(name);
      return written == nullptr || written->is_null() ? "" : read_word(*written, name, reporter);
    };
    account.assume_role = word("assumeRole");
    if (!account.assume_role.empty() && !is_role_arn(account.assume_role)) {
      reporter.add(
          kNotAllowed,
          entry.value.find("assumeRole")->range,
          fmt::format("{} is not the ARN of a role.", in_ticks(account.assume_role)),
          "write it like arn:aws:iam::123456789012:role/NAME"
      );
    }
    account.external_id = word("externalId");
    account.region = word("region");
    if (const Node* region = entry.value.find("region"); region != nullptr) {
      check_region(*region, account.region, reporter);
    }
  }
}

}  // namespace plumbline
