#include "controller/config/yaml.h"

#include <algorithm>
#include <istream>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "controller/config/manifest_findings.h"
#include "controller/config/yaml_text.h"

namespace plumbline {

namespace {

constexpr std::size_t kMaxFile = 8U << 20;
constexpr std::size_t kMaxScalar = 64U << 10;
constexpr std::size_t kMaxKey = 512;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxNodes = 1'000'000;
/// More findings of one file than anyone reads.
constexpr std::size_t kMaxFindings = 50;

/// Reads a text in place.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // NOLINT: only read from
    setg(begin, begin, begin + text.size());
  }
};

std::size_t offset_of(const YAML::Mark& mark) {
  return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
}

/// Builds the tree. The library gives no ends and no way to stop it, so ends are read from the text
/// and after a refusal events are swallowed.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(TextMap& map, Diagnostics& diagnostics) : map_(map), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      refuse_second_document(offset_of(mark));
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(
      const YAML::Mark& mark,
      const std::string& tag,
      YAML::anchor_t anchor,
      const std::string& value
  ) override;
  void OnSequenceStart(
      const YAML::Mark& mark,
      const std::string& tag,
      YAML::anchor_t anchor,
      YAML::EmitterStyle::value style
  ) override;
  void OnSequenceEnd() override { close(']'); }
  void OnMapStart(
      const YAML::Mark& mark,
      const std::string& tag,
      YAML::anchor_t anchor,
      YAML::EmitterStyle::value style
  ) override;
  void OnMapEnd() override { close('}'); }

  [[nodiscard]] bool has_document() const { return documents_ > 0; }
  [[nodiscard]] bool is_usable() const { return is_usable_; }
  [[nodiscard]] bool is_flooded() const { return is_flooded_; }
  [[nodiscard]] Node take() { return std::move(root_); }

 private:
  struct Open {
    Node* node = nullptr;
    bool is_flow = false;
    bool has_key = false;  ///< A map's key was read and waits for its value.
    std::size_t begin = 0, key_begin = 0, key_end = 0;
    YAML::anchor_t anchor = YAML::NullAnchor;
  };

  void refuse(Diagnostic finding);
  void refuse_second_document(std::size_t offset);
  void refuse_alias(std::size_t begin, std::size_t end);
  bool refuse_properties(std::size_t begin);
  bool expects_key() const {
    return !open_.empty() && open_.back().node->is_map() && !open_.back().has_key;
  }
  /// Where the next value goes.
  Node* slot();
  bool is_swallowed() const { return swallowed_ > 0 || documents_ > 1 || is_flooded_; }
  void add_key(std::size_t begin, std::size_t end, const std::string& key);
  void open(const YAML::Mark& mark, Node::Type type, YAML::anchor_t anchor);
  void close(char bracket);
  std::size_t end_of_scalar(std::size_t begin, const std::string& value);

  TextMap& map_;
  Diagnostics& diagnostics_;
  Node root_;
  // Pointers stay valid: a container grows only after its last child was closed.
  std::vector<Open> open_;
  std::size_t last_end_ = 0;
  std::size_t swallowed_ = 0;  ///< Depth inside a refused container.
  std::size_t nodes_ = 0;
  std::size_t findings_ = 0;
  int documents_ = 0;
  bool is_usable_ = true;
  bool is_flooded_ = false;
};

void TreeBuilder::refuse(Diagnostic finding) {
  is_usable_ = false;
  if (++findings_ <= kMaxFindings) {
    diagnostics_.add(std::move(finding));
  }
}

void TreeBuilder::refuse_second_document(std::size_t offset) {
  const std::string_view text = map_.text();
  if (text.substr(offset).starts_with("---")) {
    refuse(make_finding(
        kOutsideSubset,
        map_.range(offset, offset + 3),
        "A second document starts here; a file holds one.",
        "put it into a file of its own"
    ));
  } else {
    refuse(make_finding(
        kNotWellFormed,
        map_.range(offset, offset + 1),
        "The document ended before this line, which does not belong to it.",
        "align it with its siblings"
    ));
  }
}

void TreeBuilder::refuse_alias(std::size_t begin, std::size_t end) {
  refuse(make_finding(
      kOutsideSubset,
      map_.range(begin, end),
      "Anchors and aliases (& and *) are not read.",
      "write the value out; put a text that begins so in single quotes"
  ));
}

/// Tags and anchors stand where the value would begin.
bool TreeBuilder::refuse_properties(std::size_t begin) {
  const std::string_view text = map_.text();
  if (begin >= text.size() || (text[begin] != '!' && text[begin] != '&')) {
    return false;
  }
  const std::size_t end = std::min(text.find_first_of(" \r\n,]}", begin), text.size());
  if (text[begin] == '!') {
    refuse(make_finding(
        kOutsideSubset,
        map_.range(begin, end),
        fmt::format("The tag {} is not read.", in_ticks(text.substr(begin, end - begin))),
        "delete it, for the kind says what type a value has; or put the text in single quotes"
    ));
  } else {
    refuse_alias(begin, end);
  }
  return true;
}

Node* TreeBuilder::slot() {
  if (++nodes_ > kMaxNodes && !is_flooded_) {
    is_flooded_ = true;
    refuse(make_finding(
        kOutsideSubset,
        map_.range(last_end_, last_end_),
        fmt::format("The file holds more than {} values.", kMaxNodes),
        "split the stack"
    ));
  }
  if (open_.empty()) {
    return &root_;
  }
  Open& top = open_.back();
  if (top.node->is_list()) {
    return &top.node->items.emplace_back();
  }
  top.has_key = false;
  return &top.node->entries.back().value;
}

std::size_t TreeBuilder::end_of_scalar(std::size_t begin, const std::string& value) {
  const std::string_view text = map_.text();
  const char first = begin < text.size() ? text[begin] : '\0';
  if (first == '|' || first == '>') {
    return map_.end_of_block(begin);
  }
  if (first != '"' && first != '\'') {
    return map_.end_of_plain(begin, value);
  }
  const auto end = map_.end_of_quoted(begin);
  if (!end) {
    refuse(map_.explain_quote(begin));
  }
  return end.value_or(text.size());
}

void TreeBuilder::add_key(std::size_t begin, std::size_t end, const std::string& key) {
  Open& top = open_.back();
  top.has_key = true;
  top.key_begin = begin;
  top.key_end = end;
  last_end_ = end;
  NodeEntry& entry = top.node->entries.emplace_back();
  entry.key = key;
  entry.key_range = map_.range(begin, end);
  if (key == "<<") {
    refuse(make_finding(
        kOutsideSubset,
        entry.key_range,
        "Merge keys (<<) are not read.",
        "write the values out, or merge a second file over this one"
    ));
  }
  if (key.size() > kMaxKey) {
    refuse(make_finding(
        kOutsideSubset,
        entry.key_range,
        fmt::format("A key is longer than {} bytes.", kMaxKey),
        "shorten it"
    ));
  }
}

void TreeBuilder::OnScalar(
    const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& value
) {
  if (is_swallowed()) {
    return;
  }
  const std::size_t begin = offset_of(mark);
  if (value.find('\0') != std::string::npos) {
    refuse(make_finding(
        kOutsideSubset,
        map_.range(begin, begin + 1),
        "An escape in this text makes a NUL, which no service takes.",
        "delete the escape"
    ));
  }
  const bool is_refused = refuse_properties(begin);
  const std::size_t end = is_refused ? begin + 1 : end_of_scalar(begin, value);
  if (expects_key()) {
    add_key(begin, end, value);
    return;
  }
  Node* const node = slot();
  const char first = begin < map_.text().size() ? map_.text()[begin] : '\0';
  node->type = Node::Type::kScalar;
  node->is_plain = first != '"' && first != '\'' && first != '|' && first != '>';
  node->text = value;
  node->range = map_.range(begin, end);
  last_end_ = end;
  if (value.size() > kMaxScalar) {
    refuse(make_finding(
        kOutsideSubset,
        node->range,
        fmt::format("A text is longer than {} bytes.", kMaxScalar),
        "put it into a file and name the file"
    ));
  }
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t) {
  if (is_swallowed()) {
    return;
  }
  const std::string_view text = map_.text();
  std::size_t begin = offset_of(mark);
  refuse_properties(begin);
  const std::string_view rest = text.substr(std::min(begin, text.size()), 4);
  const bool is_word = rest == "null" || rest == "Null" || rest == "NULL";
  // With nothing written the mark is that of the next token, which may be a key named null.
  bool is_written = is_word || rest.starts_with('~');
  if (is_written && !open_.empty() && open_.back().has_key) {
    const auto key_end = open_.back().key_end;
    const auto line_end = text.find('\n', key_end);
    const bool is_same_line = begin >= key_end && begin < line_end;
    const Position at = map_.at(begin);
    const Position key = map_.at(open_.back().key_begin);
    is_written = begin >= key_end && (is_same_line || at.column > key.column);
  }
  const std::size_t length = !is_written ? 0 : is_word ? 4 : 1;
  if (expects_key()) {
    refuse(map_.explain_missing_key(begin, begin + length));
    add_key(begin, begin + length, std::string(text.substr(begin, length)));
    return;
  }
  const bool is_value = !open_.empty() && open_.back().has_key;
  Node* const node = slot();
  if (is_written) {
    node->text = text.substr(begin, length);
    node->range = map_.range(begin, begin + length);
    last_end_ = begin + length;
    return;
  }
  if (is_value) {
    const NodeEntry& entry = open_.back().node->entries.back();
    node->range = entry.key_range;
    const auto colon = entry.key.find(':');
    if (colon != std::string::npos && text[open_.back().key_begin] == entry.key[0]) {
      const std::size_t at = open_.back().key_begin + colon;
      refuse(make_finding(
          kNotWellFormed,
          map_.range(at, at + 1),
          fmt::format("There is no space after the colon, so {} is one key.", in_ticks(entry.key)),
          "write a space after the colon, or put the key in quotes"
      ));
    } else if (!open_.back().is_flow && is_usable_) {
      if (auto finding = map_.explain_missing_colon(open_.back().key_begin, open_.back().key_end)) {
        refuse(*std::move(finding));
      }
    }
  } else {
    // An item without a value is at its dash; the mark is that of whatever comes next.
    const std::size_t dash = text.substr(0, std::min(begin, text.size())).rfind('-');
    const bool has_dash = dash != std::string_view::npos && dash >= last_end_;
    begin = has_dash ? dash : std::min(begin, text.size());
    node->range = map_.range(begin, begin + (has_dash ? 1 : 0));
    last_end_ = std::max(last_end_, begin + (has_dash ? 1 : 0));
  }
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (is_swallowed()) {
    return;
  }
  const std::size_t begin = offset_of(mark);
  const std::size_t end =
      std::min(map_.text().find_first_of(" \r\n,]}", begin), map_.text().size());
  const bool is_inside = std::any_of(open_.begin(), open_.end(), [&](const Open& one) {
    return one.anchor == anchor;
  });
  if (is_inside) {
    refuse(make_finding(
        kNotWellFormed,
        map_.range(begin, end),
        "This alias stands inside what it names, which has no end then.",
        "write out what is meant"
    ));
  } else {
    refuse_alias(begin, end);
  }
  if (expects_key()) {
    add_key(begin, end, std::string(map_.text().substr(begin, end - begin)));
  } else {
    slot()->range = map_.range(begin, end);
  }
}

void TreeBuilder::OnSequenceStart(
    const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value
) {
  open(mark, Node::Type::kList, anchor);
}

void TreeBuilder::OnMapStart(
    const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value
) {
  open(mark, Node::Type::kMap, anchor);
}

void TreeBuilder::open(const YAML::Mark& mark, Node::Type type, YAML::anchor_t anchor) {
  if (is_swallowed()) {
    ++swallowed_;
    return;
  }
  const std::size_t begin = offset_of(mark);
  refuse_properties(begin);
  if (expects_key()) {
    refuse(map_.explain_compound_key(begin));
    add_key(begin, begin + 1, "");
    open_.back().has_key = true;
    ++swallowed_;
    return;
  }
  if (open_.size() >= kMaxDepth) {
    refuse(map_.explain(YamlFault::kDepth, begin));
    slot();
    ++swallowed_;
    return;
  }
  Node* const node = slot();
  node->type = type;
  const char first = begin < map_.text().size() ? map_.text()[begin] : '\0';
  const bool is_flow = first == (type == Node::Type::kList ? '[' : '{');
  node->range = map_.range(begin, begin);
  last_end_ = begin + (is_flow ? 1 : 0);
  open_.push_back({node, is_flow, false, begin, begin, begin, anchor});
}

void TreeBuilder::close(char bracket) {
  if (swallowed_ > 0) {
    --swallowed_;
    return;
  }
  if (open_.empty()) {
    return;
  }
  const Open top = open_.back();
  open_.pop_back();
  if (top.is_flow) {
    last_end_ = map_.end_of_flow(last_end_, bracket);
  }
  top.node->range.end = map_.at(last_end_);
  if (top.node->entries.size() > 1) {
    const std::size_t room = kMaxFindings - std::min(findings_, kMaxFindings);
    findings_ += drop_duplicate_keys(top.node->entries, room, diagnostics_);
  }
}

/// Runs the library; every exception ends here.
void read_events(TextMap& map, TreeBuilder& builder, Diagnostics& diagnostics, bool& is_read) {
  try {
    TextBuffer buffer(map.text());
    std::istream in(&buffer);
    YAML::Parser parser(in);
    // The second one is refused already. And no more: yaml-cpp 0.7 finds a document without end in
    // a bracket that nothing opened, because it never takes it off.
    for (int documents = 0; documents < 2 && !builder.is_flooded(); ++documents) {
      if (!parser.HandleNextDocument(builder)) {
        break;
      }
    }
  } catch (const YAML::Exception& error) {
    is_read = false;
    if (builder.is_usable()) {
      diagnostics.add(map.explain(yaml_fault(error.msg), offset_of(error.mark)));
    }
  } catch (const std::exception&) {
    is_read = false;
    diagnostics.add(map.explain(YamlFault::kOther, 0));
  }
}

}  // namespace

std::optional<Node> parse_yaml(const SourceFile& file, Diagnostics& diagnostics) {
  if (file.text.size() > kMaxFile) {
    SourceRange start;
    start.file = &file;
    start.begin = start.end = {1, 1};
    diagnostics.add(make_finding(
        kOutsideSubset,
        start,
        fmt::format("The file is larger than {} MiB.", kMaxFile >> 20),
        "split it into several files; they make one stack"
    ));
    return std::nullopt;
  }
  TextMap map(file);
  if (auto finding = map.find_bad_character()) {
    diagnostics.add(*std::move(finding));
    return std::nullopt;
  }
  if (auto finding = map.find_directive()) {
    diagnostics.add(*std::move(finding));
    return std::nullopt;
  }
  TreeBuilder builder(map, diagnostics);
  bool is_read = true;
  read_events(map, builder, diagnostics, is_read);
  if (!is_read || !builder.is_usable()) {
    return std::nullopt;
  }
  Node root = builder.take();
  if (!builder.has_document() || (root.is_null() && root.text.empty())) {
    diagnostics.add(make_finding(
        kNotWellFormed, map.range(0, 0), "The file is empty.", "write `stack: NAME` as a start"
    ));
    return std::nullopt;
  }
  return root;
}

}  // namespace plumbline
