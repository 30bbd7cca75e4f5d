#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/name_ref.h"

namespace plumbline {

namespace {

/// One step into a reply: "item[]", "a[0]", "Tags[Key=Name]", "Versions{*~CURRENT}".
struct Segment {
  enum class Pick { kOne, kAll, kNth, kWhere, kKeyOf };
  std::string name;
  Pick pick = Pick::kOne;
  std::size_t nth = 0;
  std::string key, word;  ///< kWhere: member and its text. kKeyOf: `word` that the list must hold.
};

/// The part between two '>': segments, then functions on what they lead to.
struct Stage {
  std::vector<Segment> segments;
  std::vector<ValueFunction> functions;
};

Error bad_path(std::string_view text, std::string_view why) {
  return Error{ErrorClass::kInvalid, "BadPath", fmt::format("path '{}': {}", text, why), "", 0};
}

Result<Segment> parse_bracket(std::string_view whole, std::string_view name, std::string_view in) {
  Segment segment;
  segment.name = name;
  if (in.empty()) {
    segment.pick = Segment::Pick::kAll;
    return segment;
  }
  if (const auto equals = in.find('='); equals != std::string_view::npos) {
    segment.pick = Segment::Pick::kWhere;
    segment.key = in.substr(0, equals);
    segment.word = in.substr(equals + 1);
    return segment;
  }
  segment.pick = Segment::Pick::kNth;
  const auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), segment.nth);
  if (error != std::errc() || end != in.data() + in.size()) {
    return bad_path(whole, fmt::format("'[{}]' is neither [], [number] nor [Key=text]", in));
  }
  return segment;
}

Result<Segment> parse_segment(std::string_view whole, std::string_view text) {
  const auto open = text.find_first_of("[{");
  const std::string_view name = text.substr(0, open);
  if (name.empty() || name.find_first_of("]}> ") != std::string_view::npos) {
    return bad_path(whole, fmt::format("'{}' is not a member name", text));
  }
  if (open == std::string_view::npos) {
    Segment segment;
    segment.name = name;
    return segment;
  }
  const char close = text[open] == '[' ? ']' : '}';
  if (text.back() != close) {
    return bad_path(whole, fmt::format("'{}' must end with '{}'", text, close));
  }
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  if (close == ']') {
    return parse_bracket(whole, name, inside);
  }
  if (inside.substr(0, 2) != "*~" || inside.size() < 3) {
    return bad_path(whole, fmt::format("'{{{}}}' must read {{*~word}}", inside));
  }
  Segment segment;
  segment.name = name;
  segment.pick = Segment::Pick::kKeyOf;
  segment.word = inside.substr(2);
  return segment;
}

/// Splits at '.', but not inside brackets: "Tags[Key=a.b].Value".
std::vector<std::string_view> split_segments(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    depth += c == '[' || c == '{' ? 1 : 0;
    depth -= c == ']' || c == '}' ? 1 : 0;
    if (c == '.' && depth == 0) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

Result<Stage> parse_stage(std::string_view whole, std::string_view text) {
  Stage stage;
  const auto bar = text.find('|');
  const std::string_view names = trim(text.substr(0, bar));
  if (!names.empty() && names != ".") {
    for (const std::string_view part : split_segments(names)) {
      PLUMBLINE_TRY(segment, parse_segment(whole, part));
      stage.segments.push_back(std::move(segment));
    }
  }
  if (bar != std::string_view::npos) {
    PLUMBLINE_TRY(functions, parse_functions(text.substr(bar + 1)));
    stage.functions = std::move(functions);
  }
  return stage;
}

/// The values a walk has reached. Results of functions live in `made`, so that pointers stay valid.
struct Walk {
  std::vector<const Value*> at;
  bool is_many = false;
  std::deque<Value> made;
};

/// Several XML siblings are a list, one alone is not: both count as elements.
void add_elements(const Value& value, std::vector<const Value*>& out) {
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      out.push_back(&item);
    }
  } else if (!value.is_null()) {
    out.push_back(&value);
  }
}

void add_where(const Segment& segment, const Value& value, std::vector<const Value*>& out) {
  std::vector<const Value*> elements;
  add_elements(value, elements);
  for (const Value* element : elements) {
    const Value& member = element->get(segment.key);
    if ((member.is_text() || member.is_secret()) && member.reveal() == segment.word) {
      out.push_back(element);
      return;
    }
  }
}

void add_key_of(
    const Segment& segment, const Value& value, Walk& walk, std::vector<const Value*>& out
) {
  if (!value.is_object()) {
    return;
  }
  for (const Member& member : value.as_object()) {
    std::vector<const Value*> elements;
    add_elements(member.value, elements);
    for (const Value* element : elements) {
      if (element->is_text() && element->as_text() == segment.word) {
        out.push_back(&walk.made.emplace_back(member.key));
        return;
      }
    }
  }
}

void step(const Segment& segment, Walk& walk) {
  std::vector<const Value*> next;
  for (const Value* node : walk.at) {
    const Value* member = node->find(segment.name);
    if (member == nullptr) {
      continue;
    }
    switch (segment.pick) {
      case Segment::Pick::kOne:
        next.push_back(member);
        break;
      case Segment::Pick::kAll:
        add_elements(*member, next);
        break;
      case Segment::Pick::kNth: {
        std::vector<const Value*> elements;
        add_elements(*member, elements);
        if (segment.nth < elements.size()) {
          next.push_back(elements[segment.nth]);
        }
        break;
      }
      case Segment::Pick::kWhere:
        add_where(segment, *member, next);
        break;
      case Segment::Pick::kKeyOf:
        add_key_of(segment, *member, walk, next);
        break;
    }
  }
  walk.is_many = walk.is_many || segment.pick == Segment::Pick::kAll;
  walk.at = std::move(next);
}

bool is_plain_stage(const Stage& stage) {
  return stage.functions.empty() &&
         std::all_of(stage.segments.begin(), stage.segments.end(), [](const Segment& segment) {
           return segment.pick == Segment::Pick::kOne;
         });
}

}  // namespace

struct Path::Inside {
  std::string text;
  std::vector<Stage> stages;
  /// Names only, as nearly all are: read without a walk.
  bool is_plain = false;
};

Result<Path> Path::compile(std::string_view text) {
  auto inside = std::make_shared<Inside>();
  inside->text = text;
  std::string_view left = text;
  while (true) {
    const auto next = left.find(" > ");
    PLUMBLINE_TRY(stage, parse_stage(text, left.substr(0, next)));
    inside->stages.push_back(std::move(stage));
    if (next == std::string_view::npos) {
      break;
    }
    left = left.substr(next + 3);
  }
  inside->is_plain = inside->stages.size() == 1 && is_plain_stage(inside->stages.front());
  Path path;
  path.inside_ = std::move(inside);
  return path;
}

Value Path::read(const Value& node) const {
  if (inside_ == nullptr) {
    return node;
  }
  if (inside_->is_plain) {
    const Value* at = &node;
    for (const Segment& segment : inside_->stages.front().segments) {
      at = at->find(segment.name);
      if (at == nullptr) {
        return {};
      }
    }
    return *at;
  }
  Walk walk;
  walk.at = {&node};
  for (const Stage& stage : inside_->stages) {
    for (const Segment& segment : stage.segments) {
      step(segment, walk);
    }
    for (const ValueFunction function : stage.functions) {
      for (const Value*& at : walk.at) {
        at = &walk.made.emplace_back(apply_function(function, *at));
      }
    }
  }
  if (!walk.is_many) {
    return walk.at.empty() ? Value() : *walk.at.front();
  }
  List all;
  all.reserve(walk.at.size());
  for (const Value* at : walk.at) {
    if (!at->is_null()) {
      all.push_back(*at);
    }
  }
  return Value(std::move(all));
}

const std::string& Path::text() const {
  static const std::string kEmpty;
  return inside_ == nullptr ? kEmpty : inside_->text;
}

}  // namespace plumbline
