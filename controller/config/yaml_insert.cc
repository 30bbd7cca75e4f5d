// The part of yaml_edit that puts things in.
#include <algorithm>
#include <optional>
#include <string>

#include "controller/base/text.h"
#include "controller/config/yaml_edit.h"
#include "controller/config/yaml_write.h"

namespace plumbline {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Positions and bytes of one text.
class Page {
 public:
  explicit Page(const SourceFile& file) : file_(file), text_(file.text) {}

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::size_t offset(Position at) const { return offset_of(file_, at); }

  /// `line` is the line that `offset` is in.
  [[nodiscard]] Position position(std::uint32_t line, std::size_t offset) const {
    const std::size_t start = this->offset({line, 1});
    const std::size_t columns = code_points(text_.substr(start, offset - start));
    return {line, static_cast<std::uint32_t>(columns) + 1};
  }

  /// Past the last character of a line, before what ends it.
  [[nodiscard]] std::size_t end_of_line(std::uint32_t line) const {
    const std::string_view written = line_text(file_, line);
    return static_cast<std::size_t>(written.data() - text_.data()) + written.size();
  }

  [[nodiscard]] std::string line_end() const {
    const std::size_t at = text_.find('\n');
    return at != std::string_view::npos && at > 0 && text_[at - 1] == '\r' ? "\r\n" : "\n";
  }

  [[nodiscard]] Edit insertion(std::uint32_t line, std::size_t offset, std::string text) const {
    const Position at = position(line, offset);
    return {{&file_, at, at}, std::move(text)};
  }

 private:
  const SourceFile& file_;
  std::string_view text_;
};

/// A child of a list or a map: where it begins and ends, key and all.
struct Child {
  Position begin, end;
  const Node* value = nullptr;
};

/// The last one in the file that the container begins in; another may have been merged over it.
std::optional<Child> last_child(const Node& node) {
  std::optional<Child> last;
  const auto take = [&](const SourceRange& head, const Node& value) {
    const bool is_here = head.file == node.range.file && value.range.file == node.range.file;
    const Child child = {head.begin, std::max(head.end, value.range.end), &value};
    if (is_here && (!last || last->begin < child.begin)) {
      last = child;
    }
  };
  for (const Node& item : node.items) {
    take(item.range, item);
  }
  for (const NodeEntry& entry : node.entries) {
    take(entry.key_range, entry.value);
  }
  return last;
}

/// Ends in a text that keeps the empty lines behind it, so that nothing can follow on a line.
bool keeps_what_follows(const Node& node) {
  const std::optional<Child> last = last_child(node);
  if (last) {
    return keeps_what_follows(*last->value);
  }
  const std::string_view written = text_of(node.range);
  const bool is_block = !node.is_plain && (written.starts_with('|') || written.starts_with('>'));
  return is_block && written.substr(0, written.find('\n')).find('+') != std::string_view::npos;
}

char opening_of(const Node& node) {
  return node.is_list() ? '[' : '{';
}

bool is_flow(const Node& node) {
  const std::string_view written = text_of(node.range);
  return written.size() > 1 && written.front() == opening_of(node) &&
         written.back() == (node.is_list() ? ']' : '}');
}

/// What lies between the last child of a flow container and its bracket.
struct Tail {
  bool is_known = true;
  bool has_comma = false;
  std::size_t end = 0;  ///< Of the child and its comma.
};

Tail tail_of(std::string_view text, std::size_t from, std::size_t bracket) {
  Tail tail;
  tail.end = from;
  for (std::size_t at = from; at < bracket; ++at) {
    if (text[at] == '#') {
      at = text.find('\n', at);
    } else if (text[at] == ',' || (text[at] == ':' && at == from)) {
      tail.has_comma = text[at] == ',';
      tail.end = at + 1;
    } else if (!is_blank(text[at])) {
      tail.is_known = false;
    }
  }
  return tail;
}

std::vector<Edit> add_to_empty_flow(const Page& page, const Node& node, const std::string& text) {
  const std::size_t open = page.offset(node.range.begin) + 1;
  const std::size_t close = page.offset(node.range.end) - 1;
  const std::string_view inside = page.text().substr(open, close - open);
  const bool is_empty = inside.find_first_not_of(' ') == std::string_view::npos;
  Edit edit = page.insertion(
      node.range.begin.line,
      open,
      node.is_list() ? text
      : is_empty     ? " " + text + " "
                     : " " + text
  );
  if (is_empty) {
    edit.range.end = page.position(node.range.begin.line, close);
  }
  return {edit};
}

std::vector<Edit> add_to_flow(const Node& node, const std::string& text) {
  const Page page(*node.range.file);
  const std::optional<Child> last = last_child(node);
  if (!last) {
    return add_to_empty_flow(page, node, text);
  }
  const std::size_t end = page.offset(last->end);
  const std::size_t bracket = page.offset(node.range.end) - 1;
  const Tail tail = tail_of(page.text(), end, bracket);
  const std::uint32_t line = last->end.line;
  const std::size_t line_begin = page.offset({last->begin.line, 1});
  const std::size_t line_end = page.end_of_line(line);
  if (!tail.is_known || tail.end > line_end) {
    return {};
  }
  const std::string_view before =
      page.text().substr(line_begin, page.offset(last->begin) - line_begin);
  const bool has_own_line =
      before.find_first_not_of(' ') == std::string_view::npos && bracket > line_end;
  if (!has_own_line) {
    return {page.insertion(line, tail.end, (tail.has_comma ? " " : ", ") + text)};
  }
  const std::string fresh =
      page.line_end() + std::string(before) + text + (tail.has_comma ? "," : "");
  if (tail.has_comma) {
    return {page.insertion(line, line_end, fresh)};
  }
  if (tail.end == line_end) {
    return {page.insertion(line, line_end, "," + fresh)};
  }
  // The comment behind the last one stays beside it.
  return {page.insertion(line, tail.end, ","), page.insertion(line, line_end, fresh)};
}

std::vector<Edit> add_line(const Node& node, std::string_view dash, const std::string& text) {
  const std::optional<Child> last = last_child(node);
  if (!last || keeps_what_follows(node)) {
    return {};
  }
  const Page page(*node.range.file);
  const Position first = node.range.begin;
  const std::size_t indent = (node.is_list() ? first : last->begin).column - 1;
  const std::size_t begin = page.offset(first);
  if (node.is_list() && (begin >= page.text().size() || page.text()[begin] != '-')) {
    return {};
  }
  return {page.insertion(
      last->end.line,
      page.end_of_line(last->end.line),
      page.line_end() + std::string(indent, ' ') + std::string(dash) + text
  )};
}

std::vector<Edit> add_child(const Node& node, std::string_view dash, const std::string& text) {
  if (!node.range.is_known()) {
    return {};
  }
  return is_flow(node) ? add_to_flow(node, text) : add_line(node, dash, text);
}

/// `[text]` where a key has no value.
std::vector<Edit> fill(const NodeEntry& entry, const std::string& text) {
  if (!entry.value.text.empty()) {
    return replace_scalar(entry.value.range, entry.value.text, text);
  }
  const Page page(*entry.key_range.file);
  const std::size_t at = page.offset(entry.key_range.end);
  if (at >= page.text().size() || page.text()[at] != ':') {
    return {};
  }
  return {page.insertion(entry.key_range.end.line, at + 1, " " + text)};
}

}  // namespace

std::vector<Edit> add_item(const Node& list, std::string_view item) {
  return list.is_list() ? add_child(list, "- ", std::string(item)) : std::vector<Edit>();
}

std::vector<Edit> add_entry(const Node& map, std::string_view key, std::string_view value) {
  if (!map.is_map() || map.find(key) != nullptr) {
    return {};
  }
  return add_child(map, "", yaml_text(key) + ": " + std::string(value));
}

std::vector<Edit> add_to_list(const Node& map, std::string_view key, std::string_view item) {
  const NodeEntry* entry = map.find_entry(key);
  const std::string list = "[" + std::string(item) + "]";
  if (entry == nullptr) {
    return add_entry(map, key, list);
  }
  const Node& value = entry->value;
  if (value.is_list()) {
    return add_item(value, item);
  }
  if (value.is_null()) {
    return fill(*entry, list);
  }
  const std::string_view written = text_of(value.range);
  const bool is_block = written.starts_with('|') || written.starts_with('>');
  if (value.range.begin.line != value.range.end.line || is_block ||
      (value.is_map() && !is_flow(value))) {
    return {};
  }
  return {{value.range, "[" + std::string(written) + ", " + std::string(item) + "]"}};
}

std::vector<Edit> replace_node(const Node& node, std::string_view text) {
  const bool has_comment = text_of(node.range).find('#') != std::string_view::npos;
  return !node.range.is_known() || has_comment ? std::vector<Edit>()
                                               : std::vector<Edit>{{node.range, std::string(text)}};
}

}  // namespace plumbline
