#include "controller/lsp/diagnostic_json.h"

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lsp/protocol.h"

namespace plumbline {

namespace {

int severity_number(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return 1;
    case Severity::kWarning:
      return 2;
    case Severity::kInfo:
      return 3;
  }
  return 1;
}

std::string message_of(const Diagnostic& diagnostic, bool takes_related) {
  std::string text = diagnostic.summary;
  text += diagnostic.detail.empty() ? "" : "\n" + diagnostic.detail;
  for (const Evidence& evidence : diagnostic.evidence) {
    const std::string where = evidence.range.to_string();
    if (where.empty() || !takes_related) {
      text += fmt::format("\n- {}{}", evidence.text, where.empty() ? "" : " (" + where + ")");
    }
  }
  text += diagnostic.help.empty() ? "" : "\nhelp: " + diagnostic.help;
  return printable(text);
}

}  // namespace

Value diagnostic_to_json(const Diagnostic& diagnostic, const PlaceWriter& writer) {
  const LspRange range = diagnostic.range.is_known() ? writer.range(diagnostic.range) : LspRange{};
  Value json = Value::object(
      {{"range", to_json(range)},
       {"severity", severity_number(diagnostic.severity)},
       {"code", diagnostic.id},
       {"source", "plumbline"},
       {"message", message_of(diagnostic, writer.takes_related)}}
  );
  List related;
  for (const Evidence& evidence : diagnostic.evidence) {
    if (evidence.range.is_known() && writer.takes_related) {
      related.push_back(Value::object(
          {{"location",
            Value::object(
                {{"uri", writer.uri(*evidence.range.file)},
                 {"range", to_json(writer.range(evidence.range))}}
            )},
           {"message", printable(evidence.text)}}
      ));
    }
  }
  if (!related.empty()) {
    json.set("relatedInformation", Value(std::move(related)));
  }
  return json;
}

}  // namespace plumbline
