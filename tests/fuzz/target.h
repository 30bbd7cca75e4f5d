// Fuzz targets: what may be done with bytes that somebody hostile wrote. Each reads one input and
// looks at what came of it; whatever must not be ends the process through PLUMBLINE_CHECK, a
// sanitizer, or the clock. libFuzzer calls them through libfuzzer.cc, `./dev test` with the corpora
// through replay_test.cc. They keep nothing from one input to the next but what is expensive to
// make and never changes.
#pragma once

#include <span>
#include <string_view>

namespace plumbline::fuzz {

struct Target {
  std::string_view name;  ///< Also the folder of its corpus.
  void (*read)(std::string_view input);
};

/// In the order of their names.
std::span<const Target> targets();
/// Null when there is none of that name.
const Target* find_target(std::string_view name);

// One file each.
void read_config(std::string_view input);        ///< ~/.aws/config and credentials.
void read_editor(std::string_view input);        ///< A stream of messages, a half-written text.
void read_endpoint(std::string_view input);      ///< Endpoint overrides and regions.
void read_expression(std::string_view input);    ///< The schema language's notations, functions.
void read_http_request(std::string_view input);  ///< What the status server is sent.
void read_interpolation(std::string_view input);
void read_json_reply(std::string_view input);
void read_manifest(std::string_view input);   ///< YAML, manifest, graph, lint, reports.
void read_plan_file(std::string_view input);  ///< What `apply FILE` is given.
void read_schema(std::string_view input);     ///< A file of schemas/kinds/.
void read_settings(std::string_view input);   ///< Lint's settings and its baseline.
void read_state(std::string_view input);      ///< A state file, or damage done to a good one.
void read_xml_reply(std::string_view input);

}  // namespace plumbline::fuzz
