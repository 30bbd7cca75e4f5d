#include "controller/config/functions.h"

#include <algorithm>
#include <iterator>

#include "controller/config/functions_expr.h"
#include "controller/config/name_ref.h"

namespace plumbline {

namespace {

template <class Callable>
struct Row {
  std::string_view name;
  Callable function;
};

namespace f = functions;

constexpr Row<ValueFunction> kValueFunctions[] = {
    {"acl_entry_observed", f::acl_entry_observed},
    {"arn_part", f::arn_part},
    {"base64", f::base64},
    {"base64_text", f::base64_text},
    {"bool_text", f::bool_text},
    {"cidr4", f::cidr4},
    {"cidr6", f::cidr6},
    {"dns_name", f::dns_name},
    {"iam_policy", f::iam_policy},
    {"ip_protocol", f::ip_protocol},
    {"ip_protocol_number", f::ip_protocol_number},
    {"json", f::json},
    {"last_segment", f::last_segment},
    {"lower", f::lower},
    {"parse_json", f::parse_json},
    {"principal_text", f::principal_text},
    {"sg_rule_observed", f::sg_rule_observed},
    {"sha256_base64", f::sha256_base64},
    {"url_decode", f::url_decode},
};

constexpr Row<EqualFunction> kEqualFunctions[] = {
    {"arn_or_id", f::arn_or_id},
    {"at_least", f::at_least},
    {"engine_version", f::engine_version},
};

constexpr Row<ExplodeFunction> kExplodeFunctions[] = {
    {"acl_entries", f::acl_entries},
    {"sg_rules", f::sg_rules},
};

constexpr Row<ImplodeFunction> kImplodeFunctions[] = {
    {"acl_entries", f::acl_entries_of_rows},
    {"sg_rules", f::sg_rules_of_rows},
};

constexpr Row<ExprFunction> kExprFunctions[] = {
    {"contains", f::contains},
    {"count", f::count},
    {"distinct", f::distinct},
    {"ends_with", f::ends_with},
    {"is_object", f::is_object},
    {"is_text", f::is_text},
    {"len", f::len},
    {"one_of", f::one_of},
    {"starts_with", f::starts_with},
    {"str", f::str},
};

template <class Callable, std::size_t n>
Callable look_up(const Row<Callable> (&rows)[n], std::string_view name) {
  const auto* row =
      std::find_if(std::begin(rows), std::end(rows), [&](const auto& r) { return r.name == name; });
  return row == std::end(rows) ? nullptr : row->function;
}

template <class Callable, std::size_t n>
std::vector<std::string> names_of(const Row<Callable> (&rows)[n]) {
  std::vector<std::string> names;
  for (const auto& row : rows) {
    names.emplace_back(row.name);
  }
  return names;
}

}  // namespace

ValueFunction find_value_function(std::string_view name) {
  return look_up(kValueFunctions, name);
}
EqualFunction find_equal_function(std::string_view name) {
  return look_up(kEqualFunctions, name);
}
ExplodeFunction find_explode_function(std::string_view name) {
  return look_up(kExplodeFunctions, name);
}
ImplodeFunction find_implode_function(std::string_view name) {
  return look_up(kImplodeFunctions, name);
}
ExprFunction find_expr_function(std::string_view name) {
  return look_up(kExprFunctions, name);
}

std::vector<std::string> value_function_names() {
  return names_of(kValueFunctions);
}
std::vector<std::string> equal_function_names() {
  return names_of(kEqualFunctions);
}
std::vector<std::string> explode_function_names() {
  return names_of(kExplodeFunctions);
}
std::vector<std::string> expr_function_names() {
  return names_of(kExprFunctions);
}

}  // namespace plumbline
