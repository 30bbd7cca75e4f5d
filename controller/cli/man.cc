#include "controller/cli/man.h"

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/cli/help.h"

namespace plumbline {

namespace {

/// Text that roff shows as it is: its own characters escaped, no line that begins like a request.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool begins_line = out.empty() || out.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string paragraphs(std::string_view text) {
  std::string out;
  for (const std::string_view paragraph : split(text, '\n')) {
    if (!paragraph.empty()) {
      out += ".PP\n" + plain(paragraph) + "\n";
    }
  }
  return out;
}

std::string term(std::string_view name, std::string_view meaning) {
  return fmt::format(".TP\n.B {}\n{}\n", plain(name), plain(meaning));
}

std::string section_of(const CommandSpec& command) {
  std::string text = fmt::format(".SS {}\n", plain(usage_of(command)));
  text += plain(command.summary + ".") + "\n" + paragraphs(command.about);
  for (const Flag& flag : command.flags) {
    text += term(label_of(flag), flag.summary + ".");
  }
  if (command.run) {
    text += fmt::format(".PP\n.RS\n.nf\n{}\n.fi\n.RE\n", plain(command.example));
  }
  return text;
}

}  // namespace

std::string manual_page(const std::vector<CommandSpec>& commands, std::string_view version) {
  std::string text = fmt::format(
      ".TH PLUMBLINE 1 \"\" \"plumbline {}\" \"User Commands\"\n.SH NAME\nplumbline \\- {}\n"
      ".SH SYNOPSIS\n.B plumbline\n.I COMMAND\n[flags]\n.SH DESCRIPTION\n{}\n",
      plain(version),
      plain(kTagline),
      plain(kAbout)
  );
  for (const CommandGroup group : command_groups()) {
    std::string sections;
    for (const CommandSpec& command : commands) {
      sections += command.group == group ? section_of(command) : "";
    }
    text += sections.empty() ? "" : fmt::format(".SH {}\n{}", plain(title_of(group)), sections);
  }
  text += ".SH EXIT STATUS\n";
  for (const Fact& fact : exit_statuses()) {
    text += term(fact.name, fact.meaning);
  }
  text += ".SH ENVIRONMENT\n";
  for (const Fact& fact : environment_variables()) {
    text += term(fact.name, fact.meaning);
  }
  text += ".SH FILES\n";
  for (const Fact& fact : files()) {
    text += term(fact.name, fact.meaning);
  }
  return text;
}

}  // namespace plumbline
