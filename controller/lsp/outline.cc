#include "controller/lsp/outline.h"

#include <algorithm>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kMaxBrackets = 64;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_end(char c) {
  return c == '\n' || c == '\r';
}
bool is_bracket(char c) {
  return c == '{' || c == '[' || c == '}' || c == ']';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  std::vector<OutlineItem> run();

 private:
  /// An open bracket.
  struct Level {
    bool is_map = false;
    int owner = OutlineItem::kRoot;    ///< What the collection is the value of.
    int current = OutlineItem::kRoot;  ///< The key or element that is being written; or the owner.
  };

  [[nodiscard]] char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\n'; }
  [[nodiscard]] std::size_t end_of_line(std::size_t at) const {
    return std::min(text_.find('\n', at), text_.size());
  }
  [[nodiscard]] std::size_t skip_blanks(std::size_t at) const {
    while (at < text_.size() && is_blank(text_[at])) {
      ++at;
    }
    return at;
  }
  /// Nothing more stands on the line: its end, or a comment.
  [[nodiscard]] bool is_done(std::size_t at) const { return is_end(peek(at)) || peek(at) == '#'; }
  [[nodiscard]] bool is_colon(std::size_t at, bool in_flow) const;
  [[nodiscard]] bool is_dash(std::size_t at) const {
    return peek(at) == '-' && (is_blank(peek(at + 1)) || is_end(peek(at + 1)));
  }

  int add(OutlineItem::Type type, Span span, int parent);
  int add_text(OutlineItem::Type type, Span span, int parent);
  [[nodiscard]] int top() const { return open_.empty() ? OutlineItem::kRoot : open_.back(); }

  void read_line(std::size_t line);
  [[nodiscard]] bool may_hold_list(int index) const;
  std::size_t open_element(std::size_t at, std::size_t column);
  void close_to(std::size_t column, bool begins_element);
  std::size_t read_content(std::size_t at, std::size_t column);
  std::size_t read_value(std::size_t at);
  [[nodiscard]] std::size_t end_of_plain(std::size_t at, bool in_flow) const;
  [[nodiscard]] std::size_t end_of_quoted(std::size_t at) const;
  [[nodiscard]] std::size_t end_of_block(std::size_t at) const;
  [[nodiscard]] bool is_outside(std::size_t line_begin) const;

  std::size_t read_flow(std::size_t at);
  std::size_t read_flow_token(std::size_t at);
  std::size_t read_flow_scalar(std::size_t at);
  int flow_parent(std::size_t at);

  std::string_view text_;
  std::vector<OutlineItem> items_;
  std::vector<int> open_;      ///< Block keys and elements that what follows may be below.
  std::vector<Level> levels_;  ///< Brackets.
  std::size_t at_ = 0;
};

bool Scanner::is_colon(std::size_t at, bool in_flow) const {
  const char next = peek(at + 1);
  return peek(at) == ':' && at < text_.size() &&
         (is_blank(next) || is_end(next) || (in_flow && (next == ',' || is_bracket(next))));
}

int Scanner::add(OutlineItem::Type type, Span span, int parent) {
  OutlineItem item;
  item.type = type;
  item.parent = parent;
  item.span = span;
  item.end = span.end;
  item.is_flow = !levels_.empty();
  items_.push_back(std::move(item));
  return static_cast<int>(items_.size()) - 1;
}

/// `\"` and `''` are what names and addresses may need; other escapes stay as they are.
std::string without_quotes(std::string_view raw, char quote) {
  raw.remove_prefix(1);
  if (raw.ends_with(quote)) {
    raw.remove_suffix(1);
  }
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool is_escape = quote == '"' && raw[i] == '\\' && i + 1 < raw.size() &&
                           (raw[i + 1] == '"' || raw[i + 1] == '\\');
    const bool is_double = quote == '\'' && raw.substr(i, 2) == "''";
    i += is_escape || is_double ? 1 : 0;
    text += raw[i];
  }
  return text;
}

int Scanner::add_text(OutlineItem::Type type, Span span, int parent) {
  const int index = add(type, span, parent);
  OutlineItem& item = items_.back();
  const std::string_view raw = text_.substr(span.begin, span.end - span.begin);
  const char first = raw.empty() ? '\0' : raw.front();
  if (first == '"' || first == '\'') {
    item.quote = first;
    item.text = without_quotes(raw, first);
  } else {
    item.quote = !item.is_flow && (first == '|' || first == '>') ? first : '\0';
    item.text = raw;
  }
  return index;
}

/// Whether a line is no longer part of what is written below the innermost key or element.
bool Scanner::is_outside(std::size_t line_begin) const {
  const std::size_t content = skip_blanks(line_begin);
  if (is_done(content) && content < text_.size()) {
    return false;
  }
  const std::size_t column = content - line_begin;
  return open_.empty() ? column == 0 : column <= items_[static_cast<std::size_t>(top())].column;
}

std::size_t Scanner::end_of_plain(std::size_t at, bool in_flow) const {
  const std::size_t begin = at;
  std::size_t end = at;
  while (at < text_.size() && !is_end(text_[at])) {
    const char c = text_[at];
    if (c == '$' && peek(at + 1) == '{') {
      // In brackets this is no YAML yet; its author is about to put it into quotes.
      const std::size_t close = text_.find_first_of("}\n", at);
      if (close != std::string_view::npos && text_[close] == '}') {
        at = end = close + 1;
        continue;
      }
    }
    if (is_colon(at, in_flow) || (c == '#' && at > begin && is_blank(text_[at - 1])) ||
        (in_flow && (c == ',' || (is_bracket(c) && (at == begin || text_[at - 1] != '$'))))) {
      break;
    }
    ++at;
    end = is_blank(c) ? end : at;
  }
  return end;
}

/// An unclosed one ends with its line.
std::size_t Scanner::end_of_quoted(std::size_t at) const {
  const char quote = text_[at];
  const std::size_t first_end = end_of_line(at);
  for (std::size_t i = at + 1; i < text_.size(); ++i) {
    if (text_[i] == '\n' && is_outside(i + 1)) {
      break;
    }
    if (quote == '"' && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      if (quote == '"' || peek(i + 1) != '\'') {
        return i + 1;
      }
      ++i;
    }
  }
  return first_end > at + 1 && text_[first_end - 1] == '\r' ? first_end - 1 : first_end;
}

/// Behind the last line of a text that `|` or `>` announces.
std::size_t Scanner::end_of_block(std::size_t at) const {
  std::size_t end = end_of_line(at);
  while (end < text_.size() && !is_outside(end + 1)) {
    end = end_of_line(end + 1);
  }
  return end;
}

/// What stands behind a key or a dash, on its line.
std::size_t Scanner::read_value(std::size_t at) {
  at = skip_blanks(at);
  if (is_done(at)) {
    return at;
  }
  const char first = text_[at];
  if (first == '{' || first == '[') {
    return read_flow(at);
  }
  const std::size_t end = first == '|' || first == '>'    ? end_of_block(at)
                          : first == '"' || first == '\'' ? end_of_quoted(at)
                                                          : end_of_plain(at, false);
  add_text(OutlineItem::Type::kScalar, {at, end}, top());
  return end;
}

/// A key without a value, or with such a list already.
bool Scanner::may_hold_list(int index) const {
  const auto first = static_cast<std::size_t>(index) + 1;
  return items_[first - 1].is_key() &&
         (first == items_.size() ||
          (items_[first].type == OutlineItem::Type::kElement && !items_[first].is_flow));
}

/// Opens the element whose dash is at `at`; returns what stands behind it.
std::size_t Scanner::open_element(std::size_t at, std::size_t column) {
  const int element = add(OutlineItem::Type::kElement, {at, at + 1}, top());
  items_.back().column = column;
  open_.push_back(element);
  return skip_blanks(at + 1);
}

/// What begins in `column` is below nothing that begins there or farther to the right.
void Scanner::close_to(std::size_t column, bool begins_element) {
  while (!open_.empty()) {
    const OutlineItem& last = items_[static_cast<std::size_t>(top())];
    // A list may begin in the column of its key.
    const bool is_list_of = begins_element && last.column == column && may_hold_list(top());
    if (last.column < column || is_list_of) {
      break;
    }
    open_.pop_back();
  }
}

/// From `at`, which is at `column` of its line, as far as what begins there goes.
std::size_t Scanner::read_content(std::size_t at, std::size_t column) {
  close_to(column, is_dash(at));
  while (is_dash(at)) {
    const std::size_t content = open_element(at, column);
    if (is_done(content)) {
      return content;
    }
    column += content - at;
    at = content;
  }
  const char first = text_[at];
  const bool is_quoted = first == '"' || first == '\'';
  if (first == '{' || first == '[') {
    return read_flow(at);
  }
  const std::size_t end = is_quoted ? end_of_quoted(at) : end_of_plain(at, false);
  const std::size_t colon = skip_blanks(end);
  if (end > at && is_colon(colon, false)) {
    const int key = add_text(OutlineItem::Type::kKey, {at, end}, top());
    items_.back().column = column;
    open_.push_back(key);
    return read_value(colon + 1);
  }
  const std::size_t before = items_.size();
  const std::size_t value_end = read_value(at);
  if (items_.size() > before) {
    items_[before].is_word = true;
  }
  return value_end;
}

void Scanner::read_line(std::size_t line) {
  const std::size_t content = skip_blanks(line);
  const bool is_marker =
      text_.substr(line, 3) == "---" || (text_.substr(line, 3) == "..." && content == line);
  if (is_done(content) || is_marker) {
    at_ = end_of_line(content) + 1;
    return;
  }
  std::size_t end = read_content(content, content - line);
  if (end <= content) {
    end = content + 1;
  }
  at_ = end_of_line(end) + 1;
}

std::vector<OutlineItem> Scanner::run() {
  at_ = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (at_ < text_.size()) {
    read_line(at_);
  }
  for (std::size_t i = items_.size(); i-- > 0;) {
    if (items_[i].parent != OutlineItem::kRoot) {
      std::size_t& above = items_[static_cast<std::size_t>(items_[i].parent)].end;
      above = std::max(above, items_[i].end);
    }
  }
  return std::move(items_);
}

/// Behind the bracket that closes the one at `at`, or where it is clear that none does.
std::size_t Scanner::read_flow(std::size_t at) {
  levels_.clear();
  levels_.push_back({text_[at] == '{', top(), top()});
  ++at;
  while (at < text_.size() && !levels_.empty()) {
    const char c = text_[at];
    if (c == '\n') {
      const std::size_t next = skip_blanks(at + 1);
      const bool is_closing = peek(next) == '}' || peek(next) == ']';
      if (is_outside(at + 1) && !is_closing) {
        break;
      }
      at = next;
    } else if (is_blank(c) || c == '\r') {
      ++at;
    } else if (c == '#' && (is_blank(text_[at - 1]) || is_end(text_[at - 1]))) {
      at = end_of_line(at);
    } else {
      at = read_flow_token(at);
    }
  }
  levels_.clear();
  return at;
}

std::size_t Scanner::read_flow_token(std::size_t at) {
  const char c = text_[at];
  Level& level = levels_.back();
  if (c == ',') {
    level.current = level.owner;
    return at + 1;
  }
  if (c == '}' || c == ']') {
    if (level.owner != OutlineItem::kRoot) {
      std::size_t& end = items_[static_cast<std::size_t>(level.owner)].end;
      end = std::max(end, at + 1);
    }
    levels_.pop_back();
    return at + 1;
  }
  if (c == '{' || c == '[') {
    if (levels_.size() < kMaxBrackets) {
      const int owner = flow_parent(at);
      levels_.push_back({c == '{', owner, owner});
    }
    return at + 1;
  }
  return read_flow_scalar(at);
}

/// What a value that begins here belongs to: in a list, an element of its own.
int Scanner::flow_parent(std::size_t at) {
  Level& level = levels_.back();
  if (!level.is_map && level.current == level.owner) {
    level.current = add(OutlineItem::Type::kElement, {at, at}, level.owner);
  }
  return level.current;
}

std::size_t Scanner::read_flow_scalar(std::size_t at) {
  const bool is_quoted = text_[at] == '"' || text_[at] == '\'';
  std::size_t end = is_quoted ? end_of_quoted(at) : end_of_plain(at, true);
  if (end <= at) {
    return at + 1;  // A colon that belongs to nothing.
  }
  const int parent = flow_parent(at);
  const std::size_t colon = skip_blanks(end);
  const bool is_first = levels_.back().is_map && parent == levels_.back().owner;
  if (is_first && (is_colon(colon, true) || (is_quoted && peek(colon) == ':'))) {
    levels_.back().current = add_text(OutlineItem::Type::kKey, {at, end}, parent);
    return colon + 1;
  }
  add_text(OutlineItem::Type::kScalar, {at, end}, parent);
  items_.back().is_word = is_first;
  return end;
}

}  // namespace

Outline::Outline(std::string_view text) : items_(Scanner(text).run()) {}

int Outline::find(std::size_t offset) const {
  // Items are in the order of the text, and keys and scalars do not overlap.
  const auto after = std::upper_bound(
      items_.begin(),
      items_.end(),
      offset,
      [](std::size_t at, const OutlineItem& item) { return at < item.span.begin; }
  );
  for (auto item = after; item != items_.begin();) {
    --item;
    if (item->type != OutlineItem::Type::kElement) {
      return item->span.touches(offset) ? static_cast<int>(item - items_.begin())
                                        : OutlineItem::kRoot;
    }
  }
  return OutlineItem::kRoot;
}

std::vector<int> Outline::chain(int index) const {
  std::vector<int> chain;
  for (; index != OutlineItem::kRoot; index = at(index).parent) {
    chain.push_back(index);
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

std::vector<int> Outline::keys_below(int parent) const {
  std::vector<int> keys;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].is_key() && items_[i].parent == parent) {
      keys.push_back(static_cast<int>(i));
    }
  }
  return keys;
}

}  // namespace plumbline
