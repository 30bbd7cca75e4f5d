#include "controller/config/expr.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "controller/config/expr_tree.h"

namespace plumbline {

const Value* Scope::find(std::string_view head) const {
  for (auto name = names_.rbegin(); name != names_.rend(); ++name) {
    if (name->first == head) {
      return name->second;
    }
  }
  return properties_ == nullptr ? nullptr : properties_->find(head);
}

namespace {

using Op = ExprNode::Op;

constexpr int kMaxDepth = 64;

/// Recursive descent over the text. Stops at the first error and remembers its column.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<ExprNode> parse() {
    ExprNode node = conditional();
    skip_space();
    if (!error_ && at_ < text_.size()) {
      fail(fmt::format("expected an operator or the end, found '{}'", text_.substr(at_, 12)));
    }
    if (error_) {
      return std::nullopt;
    }
    return node;
  }

  [[nodiscard]] Error error() const {
    return Error{
        ErrorClass::kInvalid,
        "BadExpression",
        fmt::format("column {}: {}", error_at_ + 1, error_.value_or("")),
        "",
        0};
  }
  [[nodiscard]] std::vector<std::string> take_names() { return std::move(names_); }

 private:
  void fail(std::string message) {
    if (!error_) {
      error_ = std::move(message);
      error_at_ = at_;
    }
    at_ = text_.size();
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }

  bool take(std::string_view symbol) {
    skip_space();
    if (text_.substr(at_, symbol.size()) != symbol) {
      return false;
    }
    at_ += symbol.size();
    return true;
  }

  /// A word, and not just the beginning of a longer one.
  bool take_word(std::string_view word) {
    const std::size_t before = at_;
    if (take(word) && (at_ == text_.size() || !is_name_char(text_[at_]))) {
      return true;
    }
    at_ = before;
    return false;
  }

  static ExprNode node(Op op, std::vector<ExprNode> kids) {
    ExprNode made;
    made.op = op;
    made.kids = std::move(kids);
    return made;
  }

  ExprNode conditional() {
    if (++depth_ > kMaxDepth) {
      fail("the expression is nested too deeply");
      return {};
    }
    ExprNode condition = either();
    if (take("?")) {
      ExprNode yes = conditional();
      if (!take(":")) {
        fail("expected ':' and the other value");
      }
      ExprNode no = conditional();
      std::vector<ExprNode> kids;
      kids.push_back(std::move(condition));
      kids.push_back(std::move(yes));
      kids.push_back(std::move(no));
      condition = node(Op::kConditional, std::move(kids));
    }
    --depth_;
    return condition;
  }

  ExprNode either() { return chain(Op::kOr, "or", &Parser::both); }
  ExprNode both() { return chain(Op::kAnd, "and", &Parser::negation); }

  ExprNode chain(Op op, std::string_view word, ExprNode (Parser::*operand)()) {
    std::vector<ExprNode> kids;
    kids.push_back((this->*operand)());
    while (!error_ && take_word(word)) {
      kids.push_back((this->*operand)());
    }
    return kids.size() == 1 ? std::move(kids.front()) : node(op, std::move(kids));
  }

  ExprNode negation() {
    int count = 0;
    while (take_word("not")) {
      ++count;
    }
    ExprNode operand = comparison();
    if (count % 2 == 0) {
      return operand;
    }
    std::vector<ExprNode> kids;
    kids.push_back(std::move(operand));
    return node(Op::kNot, std::move(kids));
  }

  std::optional<Op> take_comparison() {
    static constexpr std::pair<std::string_view, Op> kSymbols[] = {
        {"==", Op::kEqual},
        {"!=", Op::kNotEqual},
        {"<=", Op::kAtMost},
        {">=", Op::kAtLeast},
        {"<", Op::kLess},
        {">", Op::kMore},
    };
    for (const auto& [symbol, op] : kSymbols) {
      if (take(symbol)) {
        return op;
      }
    }
    if (take_word("in")) {
      return Op::kIn;
    }
    const std::size_t before = at_;
    if (take_word("not") && take_word("in")) {
      return Op::kNotIn;
    }
    at_ = before;
    return std::nullopt;
  }

  ExprNode comparison() {
    ExprNode left = primary();
    const auto op = take_comparison();
    if (!op) {
      return left;
    }
    std::vector<ExprNode> kids;
    kids.push_back(std::move(left));
    kids.push_back(primary());
    return node(*op, std::move(kids));
  }

  ExprNode primary() {
    skip_space();
    if (at_ == text_.size()) {
      fail("expected a value, found the end");
      return {};
    }
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      ExprNode inner = conditional();
      if (!error_ && !take(")")) {
        fail("expected ')'");
      }
      return inner;
    }
    if (c == '[') {
      ++at_;
      return node(Op::kList, sequence("]"));
    }
    if (c == '\'' || c == '"') {
      return quoted(c);
    }
    if (c == '$') {
      return name();
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-') {
      return number();
    }
    return word();
  }

  std::vector<ExprNode> sequence(std::string_view close) {
    std::vector<ExprNode> items;
    if (take(close)) {
      return items;
    }
    do {
      items.push_back(conditional());
    } while (!error_ && take(","));
    if (!error_ && !take(close)) {
      fail(fmt::format("expected ',' or '{}'", close));
    }
    return items;
  }

  static ExprNode literal(Value value) {
    ExprNode made;
    made.literal = std::move(value);
    return made;
  }

  ExprNode quoted(char quote) {
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) {
      fail("the text has no closing quote");
      return {};
    }
    ExprNode made = literal(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return made;
  }

  ExprNode number() {
    std::int64_t whole = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), whole);
    if (error != std::errc()) {
      fail("expected a number");
      return {};
    }
    const auto length = static_cast<std::size_t>(end - begin);
    at_ += length;
    if (at_ < text_.size() && (text_[at_] == '.' || is_name_char(text_[at_]))) {
      fail("only whole numbers are possible here");
    }
    return literal(whole);
  }

  ExprNode name() {
    const std::size_t start = ++at_;
    while (at_ < text_.size() &&
           (is_name_char(text_[at_]) || text_[at_] == '.' || text_[at_] == '|')) {
      ++at_;
    }
    auto ref = parse_name_ref(text_.substr(start, at_ - start));
    if (!ref) {
      at_ = start;
      fail(ref.error().message);
      return {};
    }
    names_.push_back(ref->head);
    ExprNode made;
    made.op = Op::kName;
    made.name = std::move(ref).value();
    return made;
  }

  ExprNode word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) {
      ++at_;
    }
    const std::string_view found = text_.substr(start, at_ - start);
    if (found == "true" || found == "false") {
      return literal(found == "true");
    }
    if (found == "null") {
      return literal({});
    }
    if (found.empty() || !take("(")) {
      at_ = start;
      fail(fmt::format(
          "expected a value, found '{}'; names start with '$', texts are quoted",
          text_.substr(start, 12)
      ));
      return {};
    }
    ExprNode made;
    made.op = Op::kCall;
    made.function = find_expr_function(found);
    if (made.function == nullptr) {
      at_ = start;
      fail(no_such_function(found, expr_function_names()).message);
      return {};
    }
    made.kids = sequence(")");
    return made;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<std::string> error_;
  std::size_t error_at_ = 0;
  std::vector<std::string> names_;
};

}  // namespace

struct Expr::Inside {
  std::string text;
  ExprNode root;
  std::vector<std::string> names;
};

Result<Expr> Expr::compile(std::string_view text) {
  Parser parser(text);
  auto root = parser.parse();
  if (!root) {
    return parser.error();
  }
  auto inside = std::make_shared<Inside>();
  inside->text = text;
  inside->root = std::move(*root);
  for (std::string& name : parser.take_names()) {
    if (std::find(inside->names.begin(), inside->names.end(), name) == inside->names.end()) {
      inside->names.push_back(std::move(name));
    }
  }
  Expr expr;
  expr.inside_ = std::move(inside);
  return expr;
}

Value Expr::evaluate(const Scope& scope) const {
  return inside_ == nullptr ? Value() : evaluate_node(inside_->root, scope);
}

bool Expr::holds(const Scope& scope) const {
  const Value value = evaluate(scope);
  return value.is_bool() && value.as_bool();
}

const std::vector<std::string>& Expr::names() const {
  static const std::vector<std::string> kNone;
  return inside_ == nullptr ? kNone : inside_->names;
}

const std::string& Expr::text() const {
  static const std::string kEmpty;
  return inside_ == nullptr ? kEmpty : inside_->text;
}

}  // namespace plumbline
