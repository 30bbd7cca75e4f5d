#include "controller/config/functions_expr.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/config/name_ref.h"

namespace plumbline::functions {

namespace {

const Value& at(const List& arguments, std::size_t i) {
  static const Value kNull;
  return i < arguments.size() ? arguments[i] : kNull;
}

bool is_wordy(const Value& value) {
  return value.is_text() || value.is_secret();
}

/// What is promised counts as given.
bool is_given(const Value& value) {
  if (is_pending(value) || is_wordy(value)) {
    return is_pending(value) || !value.reveal().empty();
  }
  return !value.is_null() && (value.size() > 0 || (!value.is_list() && !value.is_object()));
}

template <class Test>
Value test_texts(const List& arguments, Test test) {
  const Value& a = at(arguments, 0);
  const Value& b = at(arguments, 1);
  if (is_pending(a) || is_pending(b)) {
    return pending_of(is_pending(a) ? a : b);
  }
  return is_wordy(a) && is_wordy(b) && test(a.reveal(), b.reveal());
}

}  // namespace

Value len(const List& arguments) {
  const Value& value = at(arguments, 0);
  if (is_pending(value)) {
    return pending_of(value);
  }
  return static_cast<std::int64_t>(is_wordy(value) ? value.reveal().size() : value.size());
}

Value distinct(const List& arguments) {
  const Value& value = at(arguments, 0);
  if (!value.is_list()) {
    return is_pending(value) ? pending_of(value) : value;
  }
  List items = value.as_list();
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return Value(std::move(items));
}

Value count(const List& arguments) {
  return static_cast<std::int64_t>(std::count_if(arguments.begin(), arguments.end(), is_given));
}

Value one_of(const List& arguments) {
  return count(arguments).as_int() == 1;
}

Value str(const List& arguments) {
  const Value& value = at(arguments, 0);
  if (value.is_bool()) {
    return value.as_bool() ? "true" : "false";
  }
  if (value.is_int()) {
    return fmt::format("{}", value.as_int());
  }
  if (value.is_double()) {
    return fmt::format("{}", value.as_double());
  }
  return value.is_null() ? Value("") : value;
}

Value starts_with(const List& arguments) {
  return test_texts(arguments, [](std::string_view a, std::string_view b) {
    return a.substr(0, b.size()) == b;
  });
}

Value ends_with(const List& arguments) {
  return test_texts(arguments, [](std::string_view a, std::string_view b) {
    return a.size() >= b.size() && a.substr(a.size() - b.size()) == b;
  });
}

Value contains(const List& arguments) {
  return test_texts(arguments, [](std::string_view a, std::string_view b) {
    return a.find(b) != std::string_view::npos;
  });
}

Value is_text(const List& arguments) {
  const Value& value = at(arguments, 0);
  return is_pending(value) ? pending_of(value) : Value(is_wordy(value));
}

Value is_object(const List& arguments) {
  const Value& value = at(arguments, 0);
  return is_pending(value) ? pending_of(value) : Value(value.is_object());
}

}  // namespace plumbline::functions
