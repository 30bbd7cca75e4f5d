#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "controller/config/kind_loader_parts.h"

namespace plumbline {

namespace {

/// "column 12: …" of an expression's message, to point into the line.
std::size_t column_in(const std::string& message) {
  constexpr std::string_view kPrefix = "column ";
  std::size_t column = 1;
  if (message.substr(0, kPrefix.size()) == kPrefix) {
    std::from_chars(message.data() + kPrefix.size(), message.data() + message.size(), column);
  }
  return std::max<std::size_t>(column, 1);
}

}  // namespace

void check_names(
    KindLoading& loading,
    const std::vector<std::string>& used,
    const Names& names,
    const SourceRange& range
) {
  static const Names kEverywhere = {"account", "arn", "id", "partition", "region", "stack"};
  for (const std::string& name : used) {
    const auto holds = [&](const Names& list) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    if (loading.kind.find_property(name) != nullptr || holds(names) || holds(kEverywhere)) {
      continue;
    }
    Names known = names;
    known.insert(known.end(), kEverywhere.begin(), kEverywhere.end());
    for (const Property& property : loading.kind.properties) {
      known.push_back(property.name);
    }
    report(
        loading.diagnostics,
        SchemaFault::kUnknownName,
        range,
        fmt::format("'${}' is neither a property nor a name known here", name),
        suggest(name, known)
    );
  }
}

void check_property(KindLoading& loading, std::string_view name, const SourceRange& range) {
  if (loading.kind.find_property(name) != nullptr) {
    return;
  }
  Names known;
  for (const Property& property : loading.kind.properties) {
    known.push_back(property.name);
  }
  report(
      loading.diagnostics,
      SchemaFault::kUnknownName,
      range,
      fmt::format("the kind has no property '{}'", name),
      suggest(name, known)
  );
}

std::optional<Expr> load_expr(KindLoading& loading, const Node* node, const Names& names) {
  if (node == nullptr) {
    return std::nullopt;
  }
  auto expr = Expr::compile(node->text);
  if (!node->is_scalar() || !expr) {
    const std::string why = expr ? "an expression is a text" : expr.error().message;
    report(loading.diagnostics, SchemaFault::kBadNotation, inside(*node, column_in(why)), why);
    return std::nullopt;
  }
  check_names(loading, expr->names(), names, node->range);
  return std::move(expr).value();
}

Path load_path(KindLoading& loading, const Node* node) {
  if (node == nullptr || node->is_null()) {
    return {};
  }
  auto path = Path::compile(node->text);
  if (!node->is_scalar() || !path) {
    report(
        loading.diagnostics,
        SchemaFault::kBadNotation,
        node->range,
        path ? "a path is a text" : path.error().message
    );
    return {};
  }
  return std::move(path).value();
}

std::vector<Bind> load_binds(KindLoading& loading, const Node* node, bool binds_properties) {
  std::vector<Bind> binds;
  if (node == nullptr) {
    return binds;
  }
  if (!node->is_map()) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        node->range,
        "'bind' maps names to reply paths"
    );
    return binds;
  }
  for (const NodeEntry& entry : node->entries) {
    Bind bind;
    bind.property = entry.key;
    if (binds_properties) {
      check_property(loading, entry.key, entry.key_range);
    }
    if (entry.value.is_map()) {
      Words words(entry.value, fmt::format("the bind of '{}'", entry.key), loading.diagnostics);
      bind.path = load_path(loading, words.require("from"));
      bind.items = load_binds(loading, words.require("bind"), false);
      words.finish();
    } else {
      bind.path = load_path(loading, &entry.value);
    }
    binds.push_back(std::move(bind));
  }
  return binds;
}

std::vector<ErrorMatch> load_errors(KindLoading& loading, const Node* node) {
  std::vector<ErrorMatch> errors;
  if (node == nullptr || node->is_null()) {
    return errors;
  }
  if (!node->is_list()) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        node->range,
        "errors are a list of codes or of {code, message, for, service, when}"
    );
    return errors;
  }
  for (const Node& item : node->items) {
    ErrorMatch match;
    if (item.is_scalar()) {
      match.code = item.text;
    } else {
      Words words(item, "an error", loading.diagnostics);
      match.code = words.require_text("code");
      match.message = words.text("message");
      match.patience = words.duration("for", Duration(0));
      match.service = words.text("service");
      match.only_when_young = words.one_of("when", {"young"}) == "young";
      words.finish();
    }
    errors.push_back(std::move(match));
  }
  return errors;
}

}  // namespace plumbline
