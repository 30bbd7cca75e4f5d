// StackView: the texts of one stack as they are right now, and what names what in them. A value
// made for one request; everything in it is lent. Works on outlines, so that half-written texts
// count, and takes from the last manifest only what no text says: the names that `forEach` makes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/base/address.h"
#include "controller/config/manifest.h"
#include "controller/lsp/outline.h"
#include "controller/lsp/schema_place.h"
#include "controller/lsp/text_document.h"

namespace plumbline {

struct StackText {
  std::string path;
  const TextDocument* document = nullptr;
  const Outline* outline = nullptr;
};

/// Somewhere that something declared elsewhere is named. `inputs` and `accounts` count as sections.
struct Mention {
  Span span;
  Address target;
  std::string attribute;  ///< "endpoint" of ${…}; "" for a bare name.
};

struct Location {
  std::string path;
  LspRange range;
  friend auto operator<=>(const Location&, const Location&) = default;
};

/// `text` is what `outline` was made of.
struct ReadText {
  const SchemaGuide& guide;
  std::string_view text;
  const Outline& outline;
};

/// What a scalar of the outline names; a name that several sections may hold, once for each.
std::vector<Mention> mentions_of(const ReadText& read, int scalar, const SchemaPlace& place);
/// The address that a key declares; nothing for other keys.
std::optional<Address> declared_by(const ReadText& read, int key);

class StackView {
 public:
  /// `manifest` may be null.
  StackView(const SchemaGuide& guide, std::vector<StackText> texts, const Manifest* manifest)
      : guide_(guide), texts_(std::move(texts)), manifest_(manifest) {}

  [[nodiscard]] const SchemaGuide& guide() const { return guide_; }
  /// Null when the path is none of the stack's.
  [[nodiscard]] const StackText* find(std::string_view path) const;
  /// Sorted, without repetitions.
  [[nodiscard]] std::vector<std::string> names_in(std::string_view section) const;
  /// Sections of which something is declared.
  [[nodiscard]] std::vector<std::string> sections() const;
  /// What is named or declared at `offset`; the first that exists when it may be several.
  [[nodiscard]] std::optional<Address> address_at(const StackText& text, std::size_t offset) const;
  /// Where it is declared: in several files when one lies over another.
  [[nodiscard]] std::vector<Location> declarations(const Address& address) const;
  [[nodiscard]] std::vector<Location> mentions(const Address& address) const;

 private:
  [[nodiscard]] const Resource* made_by_template(const Address& address) const;

  const SchemaGuide& guide_;
  std::vector<StackText> texts_;
  const Manifest* manifest_;
};

}  // namespace plumbline
