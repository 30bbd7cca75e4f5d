#include "controller/aws/shared_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {
namespace {

constexpr std::string_view kSpace = " \t";

class Parser {
 public:
  explicit Parser(SharedFile& file) : file_(file) {}

  Status parse(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) {
      text.remove_prefix(kByteOrderMark.size());
    }
    for (const std::string_view line : split(text, '\n')) {
      ++line_;
      PLUMBLINE_TRY(done, parse_line(line));
      static_cast<void>(done);
    }
    return Done{};
  }

 private:
  Status parse_line(std::string_view line) {
    const std::string_view content = trim(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') {
      return Done{};
    }
    const std::size_t indent = line.find_first_not_of(kSpace);
    // A whole file may be indented, so what counts is the depth of the key above, not column one.
    if (entry_ != nullptr && indent > entry_indent_) {
      return continue_entry(content);
    }
    if (content.front() == '[') {
      return begin_section(content);
    }
    return begin_entry(content, indent);
  }

  Status begin_section(std::string_view content) {
    const std::size_t end = content.find(']');
    if (end == std::string_view::npos) {
      return malformed("a section without its closing ]");
    }
    SharedSection section;
    section.line = line_;
    std::string_view title = trim(content.substr(1, end - 1));
    if (const std::size_t space = title.find_first_of(kSpace); space != std::string_view::npos) {
      section.kind = title.substr(0, space);
      title = trim(title.substr(space));
    }
    if (title.size() >= 2 && (title.front() == '"' || title.front() == '\'') &&
        title.back() == title.front()) {
      title = title.substr(1, title.size() - 2);
    }
    section.name = title;
    if (section.name.empty()) {
      return malformed("a section without a name");
    }
    if (const SharedSection* earlier = file_.find(section.kind, section.name)) {
      return malformed(fmt::format("a second section of a name that line {} has", earlier->line));
    }
    file_.sections.push_back(std::move(section));
    entry_ = nullptr;
    return Done{};
  }

  Status begin_entry(std::string_view content, std::size_t indent) {
    if (file_.sections.empty()) {
      return malformed("outside any [section]");
    }
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return malformed("neither a [section] nor key = value");
    }
    SharedEntry entry;
    entry.key = to_lower(trim(content.substr(0, equals)));
    entry.value = trim(content.substr(equals + 1));
    entry.line = line_;
    SharedSection& section = file_.sections.back();
    if (const SharedEntry* earlier = section.find(entry.key)) {
      return malformed(
          fmt::format("a second {}, after the one in line {}", entry.key, earlier->line)
      );
    }
    section.entries.push_back(std::move(entry));
    entry_ = &section.entries.back();
    entry_indent_ = indent;
    return Done{};
  }

  /// An indented line goes on with the value above it, or nests a key below a key without value.
  Status continue_entry(std::string_view content) {
    if (!entry_->value.empty()) {
      entry_->value += "\n" + std::string(content);
      return Done{};
    }
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return malformed(fmt::format("no key = value, which {} has below it", entry_->key));
    }
    entry_->nested.emplace_back(
        to_lower(trim(content.substr(0, equals))), std::string(trim(content.substr(equals + 1)))
    );
    return Done{};
  }

  Error malformed(std::string_view what) const {
    Error error;
    error.code = "SharedFileInvalid";
    error.message = fmt::format(
        "{}:{}: this line is {}; correct it, or point AWS_CONFIG_FILE or "
        "AWS_SHARED_CREDENTIALS_FILE to another file",
        file_.name,
        line_,
        what
    );
    return error;
  }

  SharedFile& file_;
  int line_ = 0;
  SharedEntry* entry_ = nullptr;  ///< The key that indented lines go on with.
  std::size_t entry_indent_ = 0;
};

}  // namespace

const SharedEntry* SharedSection::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [key](const SharedEntry& entry) {
    return entry.key == key;
  });
  return found == entries.end() ? nullptr : &*found;
}

std::string SharedSection::value_of(std::string_view key) const {
  const SharedEntry* entry = find(key);
  return entry == nullptr ? "" : entry->value;
}

const SharedSection* SharedFile::find(std::string_view kind, std::string_view wanted) const {
  const auto found =
      std::find_if(sections.begin(), sections.end(), [&](const SharedSection& section) {
        return section.kind == kind && section.name == wanted;
      });
  return found == sections.end() ? nullptr : &*found;
}

const SharedSection* ProfileFiles::config_of(const std::string& profile) const {
  const SharedSection* section = config.find("profile", profile);
  return section == nullptr && profile == "default" ? config.find("", profile) : section;
}

const SharedSection* ProfileFiles::credentials_of(const std::string& profile) const {
  return credentials.find("", profile);
}

std::string ProfileFiles::value_of(const std::string& profile, std::string_view key) const {
  for (const SharedSection* section : {credentials_of(profile), config_of(profile)}) {
    if (section != nullptr && section->find(key) != nullptr) {
      return section->value_of(key);
    }
  }
  return "";
}

bool ProfileFiles::has(const std::string& profile) const {
  return config_of(profile) != nullptr || credentials_of(profile) != nullptr;
}

Result<SharedFile> parse_shared_file(std::string name, std::string_view text) {
  SharedFile file;
  file.name = std::move(name);
  file.is_present = true;
  PLUMBLINE_TRY(done, Parser(file).parse(text));
  static_cast<void>(done);
  return file;
}

}  // namespace plumbline
