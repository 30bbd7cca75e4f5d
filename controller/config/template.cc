#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "controller/config/name_ref.h"

namespace plumbline {

namespace {

/// A piece of text with names in it: "tag:{key}" is {"tag:", key}.
struct Piece {
  std::string text;
  std::optional<NameRef> name;
};

struct Part {
  enum class Kind { kLiteral, kName, kText, kList, kMap };
  Kind kind = Kind::kLiteral;
  Value literal;
  NameRef name;
  std::vector<Piece> pieces;
  std::vector<std::string> keys;  ///< Of kMap; `kids` are the values.
  std::vector<Part> kids;
  std::optional<NameRef> each;    ///< {$each: …}: one result for every element.
  std::optional<Expr> condition;  ///< {$if: …}
  std::vector<Part> instead;      ///< {$value: …}: this one part instead of the map's members.
  bool emits_empty = false;       ///< {$emit_empty: …}
};

constexpr int kMaxDepth = 64;

class Compiler {
 public:
  Result<Part> compile(const Node& node) {
    if (++depth_ > kMaxDepth) {
      return fail("the request is nested too deeply");
    }
    auto part = node.is_map() ? map(node) : node.is_list() ? list(node) : scalar(node);
    --depth_;
    return part;
  }
  std::vector<std::string> take_names() {
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    return std::move(names_);
  }

 private:
  static Error fail(std::string message) {
    return Error{ErrorClass::kInvalid, "BadTemplate", std::move(message), "", 0};
  }

  void use(const std::string& name) {
    if (each_depth_ == 0 || name != "item") {
      names_.push_back(name);
    }
  }

  Result<NameRef> reference(std::string_view text) {
    PLUMBLINE_TRY(ref, parse_name_ref(text));
    use(ref.head);
    return ref;
  }

  static Value literal_of(const Node& node) {
    if (node.is_null()) {
      return {};
    }
    if (node.is_plain) {
      if (node.text == "true" || node.text == "false") {
        return node.text == "true";
      }
      if (node.text.empty() || node.text == "null" || node.text == "~") {
        return {};
      }
      std::int64_t number = 0;
      const char* end = node.text.data() + node.text.size();
      const auto [at, error] = std::from_chars(node.text.data(), end, number);
      if (error == std::errc() && at == end) {
        return number;
      }
    }
    return node.text;
  }

  Result<Part> scalar(const Node& node) {
    Part part;
    const std::string_view text = node.text;
    if (text.size() > 1 && text.substr(0, 2) == "$$") {
      part.literal = text.substr(1);
      return part;
    }
    if (!text.empty() && text[0] == '$') {
      part.kind = Part::Kind::kName;
      PLUMBLINE_TRY(ref, reference(text.substr(1)));
      part.name = std::move(ref);
      return part;
    }
    PLUMBLINE_TRY(pieces, pieces_of(text));
    if (pieces.empty()) {
      part.literal = literal_of(node);
      return part;
    }
    part.kind = Part::Kind::kText;
    part.pieces = std::move(pieces);
    return part;
  }

  /// Nothing when no "{name}" is inside; other braces stand for themselves.
  Result<std::vector<Piece>> pieces_of(std::string_view text) {
    std::vector<Piece> pieces;
    std::string plain;
    bool has_names = false;
    for (std::size_t at = 0; at < text.size();) {
      const auto close = text[at] == '{' ? text.find('}', at) : std::string_view::npos;
      const std::string_view inside =
          close == std::string_view::npos ? "" : text.substr(at + 1, close - at - 1);
      const bool is_name = !inside.empty() && std::all_of(inside.begin(), inside.end(), [](char c) {
        return is_name_char(c) || c == '.' || c == '|';
      });
      if (!is_name) {
        plain += text[at++];
        continue;
      }
      PLUMBLINE_TRY(ref, reference(inside));
      pieces.push_back({std::move(plain), std::move(ref)});
      plain.clear();
      has_names = true;
      at = close + 1;
    }
    if (!has_names) {
      return std::vector<Piece>();
    }
    pieces.push_back({std::move(plain), std::nullopt});
    return pieces;
  }

  Result<Part> list(const Node& node) {
    Part part;
    part.kind = Part::Kind::kList;
    for (const Node& item : node.items) {
      PLUMBLINE_TRY(kid, compile(item));
      part.kids.push_back(std::move(kid));
    }
    return part;
  }

  Result<Part> map(const Node& node) {
    if (const Node* wrapped = node.find("$emit_empty")) {
      if (node.entries.size() != 1) {
        return fail("$emit_empty stands alone: {$emit_empty: value}");
      }
      PLUMBLINE_TRY(part, compile(*wrapped));
      part.emits_empty = true;
      return part;
    }
    Part part;
    part.kind = Part::Kind::kMap;
    if (const Node* each = node.find("$each")) {
      if (!each->is_scalar() || each->text.size() < 2 || each->text[0] != '$') {
        return fail("$each takes a $name");
      }
      PLUMBLINE_TRY(ref, reference(std::string_view(each->text).substr(1)));
      part.each = std::move(ref);
      ++each_depth_;
    }
    auto filled = members(node, part);
    each_depth_ -= part.each ? 1 : 0;
    if (!filled) {
      return filled.error();
    }
    return part;
  }

  Status members(const Node& node, Part& part) {
    for (const NodeEntry& entry : node.entries) {
      if (entry.key == "$each") {
        continue;
      }
      if (entry.key == "$if") {
        PLUMBLINE_TRY(condition, Expr::compile(entry.value.text));
        for (const std::string& name : condition.names()) {
          use(name);
        }
        part.condition = std::move(condition);
        continue;
      }
      if (entry.key[0] == '$' && entry.key != "$value") {
        return fail(fmt::format(
            "there is no '{}'; the words are $each, $if, $value and $emit_empty", entry.key
        ));
      }
      PLUMBLINE_TRY(kid, compile(entry.value));
      if (entry.key == "$value") {
        part.instead.push_back(std::move(kid));
      } else {
        part.keys.push_back(entry.key);
        part.kids.push_back(std::move(kid));
      }
    }
    if (!part.instead.empty() && !part.kids.empty()) {
      return fail("$value takes the place of members; give one or the other");
    }
    return Done{};
  }

  int depth_ = 0;
  int each_depth_ = 0;
  std::vector<std::string> names_;
};

Value build_part(const Part& part, const Scope& scope);

std::string spell(const Value& value) {
  if (value.is_text() || value.is_secret()) {
    return std::string(value.reveal());
  }
  if (value.is_bool()) {
    return value.as_bool() ? "true" : "false";
  }
  return value.is_int() ? fmt::format("{}", value.as_int()) : "";
}

/// A text with a hole in it is no text: null when a name is null.
Value build_text(const Part& part, const Scope& scope) {
  std::string text;
  bool is_secret = false;
  for (const Piece& piece : part.pieces) {
    text += piece.text;
    if (!piece.name) {
      continue;
    }
    const Value value = piece.name->resolve(scope);
    if (value.is_null()) {
      return {};
    }
    if (is_pending(value)) {
      return pending_of(value);
    }
    is_secret = is_secret || value.is_secret();
    text += spell(value);
  }
  return is_secret ? Value::secret(std::move(text)) : Value(std::move(text));
}

Value build_list(const Part& part, const Scope& scope) {
  List items;
  for (const Part& kid : part.kids) {
    Value item = build_part(kid, scope);
    if (item.is_list()) {
      // No wire format nests lists; a list inside a list is its elements.
      for (Value& inner : item.as_list()) {
        items.push_back(std::move(inner));
      }
    } else if (!item.is_null()) {
      items.push_back(std::move(item));
    }
  }
  return items.empty() ? Value() : Value(std::move(items));
}

Value build_members(const Part& part, const Scope& scope) {
  if (part.condition && !part.condition->holds(scope)) {
    return {};
  }
  if (!part.instead.empty()) {
    return build_part(part.instead.front(), scope);
  }
  Object members;
  for (std::size_t i = 0; i < part.kids.size(); ++i) {
    Value value = build_part(part.kids[i], scope);
    if (!value.is_null()) {
      members.push_back({part.keys[i], std::move(value)});
    }
  }
  return members.empty() ? Value() : Value(std::move(members));
}

/// A map is repeated as {key, value}.
List elements_of(const Value& value) {
  if (value.is_list()) {
    return value.as_list();
  }
  List items;
  if (value.is_object()) {
    for (const Member& member : value.as_object()) {
      items.push_back(Value::object({{"key", member.key}, {"value", member.value}}));
    }
  }
  return items;
}

Value build_each(const Part& part, const Scope& scope) {
  const Value over = part.each->resolve(scope);
  if (is_pending(over)) {
    return pending_of(over);
  }
  List built;
  for (const Value& item : elements_of(over)) {
    Scope inner = scope;
    inner.bind("item", &item);
    Value value = build_members(part, inner);
    if (!value.is_null()) {
      built.push_back(std::move(value));
    }
  }
  return built.empty() ? Value() : Value(std::move(built));
}

Value build_part(const Part& part, const Scope& scope) {
  Value value;
  switch (part.kind) {
    case Part::Kind::kLiteral:
      value = part.literal;
      break;
    case Part::Kind::kName:
      value = part.name.resolve(scope);
      break;
    case Part::Kind::kText:
      value = build_text(part, scope);
      break;
    case Part::Kind::kList:
      value = build_list(part, scope);
      break;
    case Part::Kind::kMap:
      value = part.each ? build_each(part, scope) : build_members(part, scope);
      break;
  }
  if (value.is_null() && part.emits_empty) {
    const bool is_object = part.kind == Part::Kind::kMap && !part.each && part.instead.empty();
    return is_object ? Value(Object()) : Value(List());
  }
  return value;
}

Value source_of(const Node& node) {
  if (node.is_map()) {
    Object members;
    for (const NodeEntry& entry : node.entries) {
      members.push_back({entry.key, source_of(entry.value)});
    }
    return Value(std::move(members));
  }
  if (node.is_list()) {
    List items;
    for (const Node& item : node.items) {
      items.push_back(source_of(item));
    }
    return Value(std::move(items));
  }
  return node.is_null() ? Value() : Value(node.text);
}

}  // namespace

struct Template::Inside {
  Part root;
  std::vector<std::string> names;
  Value source;
};

Result<Template> Template::compile(const Node& node) {
  Compiler compiler;
  PLUMBLINE_TRY(root, compiler.compile(node));
  auto inside = std::make_shared<Inside>();
  inside->root = std::move(root);
  inside->names = compiler.take_names();
  inside->source = source_of(node);
  Template made;
  made.inside_ = std::move(inside);
  return made;
}

Value Template::build(const Scope& scope) const {
  return inside_ == nullptr ? Value() : build_part(inside_->root, scope);
}

const std::vector<std::string>& Template::names() const {
  static const std::vector<std::string> kNone;
  return inside_ == nullptr ? kNone : inside_->names;
}

const Value& Template::source() const {
  static const Value kNull;
  return inside_ == nullptr ? kNull : inside_->source;
}

}  // namespace plumbline
