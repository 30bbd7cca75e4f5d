// Value: the one tree all data travels in: manifest properties, request parameters, replies, state.
// JSON-like, with four additions: bytes; `reference` and `concat` (what a manifest says before it
// is resolved); `unknown` (will be known when another resource exists); `secret` (text that no
// printer shows). Values are plain values: copying copies, and nothing that can change is shared.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "controller/base/address.h"
#include "controller/base/secret_text.h"

namespace plumbline {

class Value;
struct Member;
using List = std::vector<Value>;
/// Insertion order is kept (REST-XML needs it) but equality and order of two objects ignore it.
using Object = std::vector<Member>;

/// "${dbProxies.app.endpoint}": an attribute of another resource, or of "inputs".
struct Reference {
  Address address;
  std::string attribute;  ///< "endpoint", "arn", "id", dotted for nested ones; "" for inputs.
  bool is_weak = false;   ///< Does not order creation (schema word `weak`).
  [[nodiscard]] std::string to_string() const;  ///< "dbProxies.app.endpoint"
  friend auto operator<=>(const Reference&, const Reference&) = default;
};

/// A heap cell with value semantics, so that rare large alternatives do not widen every Value.
template <class T>
class Boxed {
 public:
  explicit Boxed(T value) : held_(std::make_unique<T>(std::move(value))) {}
  Boxed(const Boxed& other) : held_(std::make_unique<T>(*other.held_)) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    held_ = std::make_unique<T>(*other.held_);
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;
  const T& operator*() const { return *held_; }
  const T* operator->() const { return held_.get(); }

 private:
  std::unique_ptr<T> held_;
};

class Value {
 public:
  enum class Type {
    kNull,
    kBool,
    kInt,
    kDouble,
    kText,
    kBytes,
    kList,
    kObject,
    kReference,  ///< Not resolved yet; only before the plan.
    kConcat,     ///< Text and references side by side; only before the plan.
    kUnknown,    ///< Known after another step; text() names where it will come from.
    kSecret,     ///< Text that must not be shown.
  };

  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  // Implicit on purpose: trees are built by writing them down.
  Value(bool v);              // NOLINT
  Value(int v);               // NOLINT
  Value(std::int64_t v);      // NOLINT
  Value(double v);            // NOLINT
  Value(std::string v);       // NOLINT
  Value(std::string_view v);  // NOLINT
  Value(const char* v);       // NOLINT
  Value(List v);              // NOLINT
  Value(Object v);            // NOLINT

  static Value bytes(std::string content);
  static Value secret(SecretText text);
  /// `origin` is what it waits for ("dbProxies.app.endpoint").
  static Value unknown(std::string origin);
  static Value reference(Reference reference);
  static Value concat(List parts);
  static Value list(std::initializer_list<Value> items);
  static Value object(std::initializer_list<std::pair<std::string_view, Value>> members);

  [[nodiscard]] Type type() const;
  [[nodiscard]] bool is_null() const { return type() == Type::kNull; }
  [[nodiscard]] bool is_bool() const { return type() == Type::kBool; }
  [[nodiscard]] bool is_int() const { return type() == Type::kInt; }
  [[nodiscard]] bool is_double() const { return type() == Type::kDouble; }
  [[nodiscard]] bool is_text() const { return type() == Type::kText; }
  [[nodiscard]] bool is_bytes() const { return type() == Type::kBytes; }
  [[nodiscard]] bool is_list() const { return type() == Type::kList; }
  [[nodiscard]] bool is_object() const { return type() == Type::kObject; }
  [[nodiscard]] bool is_reference() const { return type() == Type::kReference; }
  [[nodiscard]] bool is_concat() const { return type() == Type::kConcat; }
  [[nodiscard]] bool is_unknown() const { return type() == Type::kUnknown; }
  [[nodiscard]] bool is_secret() const { return type() == Type::kSecret; }

  // Each checks the type.
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] std::int64_t as_int() const;
  [[nodiscard]] double as_double() const;            ///< Also of an int.
  [[nodiscard]] const std::string& as_text() const;  ///< Text only, never a secret.
  [[nodiscard]] const std::string& as_bytes() const;
  [[nodiscard]] const List& as_list() const;
  [[nodiscard]] List& as_list();
  [[nodiscard]] const Object& as_object() const;
  [[nodiscard]] Object& as_object();
  [[nodiscard]] const Reference& as_reference() const;
  [[nodiscard]] const List& as_concat() const;
  [[nodiscard]] const std::string& unknown_origin() const;
  /// The text behind a secret (or plain text). Only codecs, digests and value functions call this.
  [[nodiscard]] std::string_view reveal() const;

  /// Member of an object, or null when absent or when this is no object.
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] Value* find(std::string_view key);
  /// Like find, but a missing member is the null Value.
  [[nodiscard]] const Value& get(std::string_view key) const;
  /// "a.b.c" through objects; null Value when any part is missing.
  [[nodiscard]] const Value& get_path(std::string_view dotted) const;
  /// The text of member `key`, or "" when it is absent or not text.
  [[nodiscard]] const std::string& text_of(std::string_view key) const;
  /// Sets or replaces a member; a null Value becomes an empty object first.
  Value& set(std::string_view key, Value value);
  void set_path(std::string_view dotted, Value value);
  void erase(std::string_view key);
  void push_back(Value value);
  /// Items of a list or members of an object; 0 for everything else.
  [[nodiscard]] std::size_t size() const;

  /// False when an unknown, a reference or a concat is anywhere inside.
  [[nodiscard]] bool is_known() const;
  [[nodiscard]] bool holds_secret() const;
  /// Calls `visit` for every reference inside, those of concats included.
  void for_each_reference(const std::function<void(const Reference&)>& visit) const;

  /// Total order and equality; int and double compare by number; objects regardless of member
  /// order.
  friend std::strong_ordering operator<=>(const Value& a, const Value& b);
  friend bool operator==(const Value& a, const Value& b);

 private:
  struct Bytes {
    std::string content;
  };
  struct Unknown {
    std::string origin;
  };
  struct Concat {
    List parts;
  };
  using Content = std::variant<
      std::monostate,
      bool,
      std::int64_t,
      double,
      std::string,
      Bytes,
      List,
      Object,
      Boxed<Reference>,
      Concat,
      Unknown,
      SecretText>;
  Content content_;
};

struct Member {
  std::string key;
  Value value;
};

}  // namespace plumbline
