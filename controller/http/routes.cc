#include "controller/http/routes.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/http/metrics.h"

namespace plumbline {

namespace {

constexpr std::string_view kNothingYet = "the engine has not looked at anything yet";

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1a1f29;--dim:#667085;--line:#e4e7ec;
--good:#12855a;--busy:#1d63d8;--warn:#a15c07;--bad:#c4241b}
@media (prefers-color-scheme:dark){:root{--bg:#0f1318;--card:#171c23;--ink:#e6e9ee;--dim:#939cab;
--line:#2a313b;--good:#3fc48f;--busy:#7aaeff;--warn:#f0b14a;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:2rem 1.25rem}
h1{margin:0;font-size:1.5rem;overflow-wrap:anywhere}
.dim{color:var(--dim)}
p{margin:.25rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-top:1.25rem}
.counts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;padding:1rem 1.25rem;margin:1.25rem 0 0}
.counts div{min-width:5rem}
dt{color:var(--dim);font-size:.85rem}
dd{margin:0;font-size:1.4rem;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse}
th,td{padding:.55rem 1.25rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--dim);font-size:.85rem;font-weight:500}
tbody th{font-weight:600}
code{font:13px/1.5 ui-monospace,monospace}
td.note{overflow-wrap:anywhere;min-width:14rem}
.tag{display:inline-block;padding:0 .6rem;border:1px solid;border-radius:1rem;font-size:.85rem;
white-space:nowrap}
.good{color:var(--good)}.busy{color:var(--busy)}.warn{color:var(--warn)}.bad{color:var(--bad)}
)css";

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view css_class(Phase phase) {
  switch (phase) {
    case Phase::kUnknown:
    case Phase::kWaiting:
      return "dim";
    case Phase::kCalling:
    case Phase::kSettling:
      return "busy";
    case Phase::kSynced:
      return "good";
    case Phase::kBackingOff:
    case Phase::kDrifted:
      return "warn";
    case Phase::kContested:
    case Phase::kStuck:
      return "bad";
  }
  PLUMBLINE_UNREACHABLE("Phase");
}

std::string time_or(Timestamp time, std::string_view otherwise) {
  return time == Timestamp{} ? std::string(otherwise) : format_iso8601(time);
}

std::size_t count_seen(const Snapshot& snapshot) {
  return snapshot.resources.size() - count_phases(snapshot).front();
}

/// Why the controller is not ready, as part of a sentence; "" when it is.
std::string unreadiness(const Snapshot* snapshot) {
  if (snapshot == nullptr) {
    return std::string(kNothingYet);
  }
  if (!snapshot->is_ready) {
    return fmt::format(
        "the first look is not complete ({} of {} resources seen)",
        count_seen(*snapshot),
        snapshot->resources.size()
    );
  }
  return "";
}

std::string render_counts(const Snapshot& snapshot) {
  std::string out = "<dl class=\"card counts\">\n";
  const auto counts = count_phases(snapshot);
  for (std::size_t i = 0; i < kPhases.size(); ++i) {
    out += fmt::format(
        "<div><dt>{}</dt><dd class=\"{}\">{}</dd></div>\n",
        name_of(kPhases[i]),
        counts[i] == 0 ? "dim" : css_class(kPhases[i]),
        counts[i]
    );
  }
  return out + "</dl>\n";
}

std::string render_resources(const Snapshot& snapshot) {
  std::string out =
      "<div class=\"card scroll\"><table>\n<thead><tr><th>Resource</th><th>Phase</th><th>Id</th>"
      "<th>Note</th><th>Since</th></tr></thead>\n<tbody>\n";
  for (const ResourceStatus& resource : snapshot.resources) {
    out += fmt::format(
        "<tr><th scope=\"row\">{}</th><td><span class=\"tag {}\">{}</span></td>"
        "<td><code>{}</code></td><td class=\"note\">{}</td><td class=\"dim\">{}</td></tr>\n",
        escape(resource.address.to_string()),
        css_class(resource.phase),
        name_of(resource.phase),
        escape(resource.id),
        escape(resource.note),
        time_or(resource.since, "")
    );
  }
  return out + "</tbody></table></div>\n";
}

std::string render_standing(const Snapshot& snapshot) {
  const std::string why = unreadiness(&snapshot);
  std::string out = fmt::format(
      "<h1>{}</h1>\n<p class=\"dim\">account {} · {} · mode {}</p>\n<p>",
      escape(snapshot.stack),
      escape(snapshot.account_id.empty() ? "not known yet" : snapshot.account_id),
      escape(snapshot.region),
      escape(snapshot.mode)
  );
  out += why.empty() ? "<span class=\"tag good\">ready</span>"
                     : "<span class=\"tag warn\">not ready</span> " + why;
  out += snapshot.is_paused ? " <span class=\"tag warn\">paused</span></p>\n" : "</p>\n";
  out += snapshot.last_run_at == Timestamp{}
             ? "<p>No run has ended yet.</p>\n"
             : fmt::format(
                   "<p>Last run: {} <span class=\"dim\">({})</span></p>\n",
                   escape(snapshot.last_run),
                   format_iso8601(snapshot.last_run_at)
               );
  return out;
}

HttpAnswer page(const Snapshot* snapshot, const ServerHooks&) {
  std::string body;
  if (snapshot == nullptr) {
    body = fmt::format("<h1>Plumbline</h1>\n<p>Starting: {}.</p>\n", kNothingYet);
  } else {
    body = render_standing(*snapshot) + render_counts(*snapshot) + render_resources(*snapshot) +
           fmt::format("<p class=\"dim\">As of {}.</p>\n", time_or(snapshot->at, "the start"));
  }
  const std::string title = snapshot == nullptr ? "Plumbline" : snapshot->stack + " · Plumbline";
  return {
      200,
      "text/html; charset=utf-8",
      fmt::format(
          "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          "<meta http-equiv=\"refresh\" content=\"10\">\n<title>{}</title>\n"
          "<style>{}</style>\n</head>\n<body><main>\n{}</main></body>\n</html>\n",
          escape(title),
          kStyle,
          body
      ),
      ""};
}

HttpAnswer json(int status, const Value& value) {
  return {status, "application/json", show_json(value) + "\n", ""};
}

Value time_value(Timestamp time) {
  return time == Timestamp{} ? Value() : Value(format_iso8601(time));
}

Value count_value(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

Value resource_value(const ResourceStatus& resource) {
  return Value::object(
      {{"address", resource.address.to_string()},
       {"kind", resource.kind},
       {"id", resource.id},
       {"phase", name_of(resource.phase)},
       {"note", resource.note},
       {"since", time_value(resource.since)}}
  );
}

Value counters_value(const Counters& counters) {
  return Value::object(
      {{"reads", count_value(counters.reads)},
       {"mutations", count_value(counters.mutations)},
       {"throttles", count_value(counters.throttles)},
       {"failures", count_value(counters.failures)},
       {"commits", count_value(counters.commits)},
       {"commitMs", counters.commit_time.count()},
       {"runs", count_value(counters.runs)},
       {"corrections", count_value(counters.corrections)}}
  );
}

HttpAnswer status(const Snapshot* snapshot, const ServerHooks&) {
  if (snapshot == nullptr) {
    return json(503, Value::object({{"version", 1}, {"ready", false}, {"error", kNothingYet}}));
  }
  List resources;
  resources.reserve(snapshot->resources.size());
  for (const ResourceStatus& resource : snapshot->resources) {
    resources.push_back(resource_value(resource));
  }
  return json(
      200,
      Value::object(
          {{"version", 1},
           {"stack", snapshot->stack},
           {"account", snapshot->account_id},
           {"region", snapshot->region},
           {"mode", snapshot->mode},
           {"ready", snapshot->is_ready},
           {"paused", snapshot->is_paused},
           {"at", time_value(snapshot->at)},
           {"lastRunAt", time_value(snapshot->last_run_at)},
           {"lastRun", snapshot->last_run},
           {"resources", Value(std::move(resources))},
           {"counters", counters_value(snapshot->counters)},
           {"outputs", snapshot->outputs}}
      )
  );
}

HttpAnswer health(const Snapshot*, const ServerHooks&) {
  return plain_answer(200, "ok");
}

HttpAnswer readiness(const Snapshot* snapshot, const ServerHooks&) {
  const std::string why = unreadiness(snapshot);
  if (!why.empty()) {
    return plain_answer(503, "not ready: " + why);
  }
  return plain_answer(200, snapshot->is_paused ? "ready, paused" : "ready");
}

HttpAnswer metrics(const Snapshot* snapshot, const ServerHooks&) {
  return {
      200,
      "text/plain; version=0.0.4; charset=utf-8",
      render_metrics(snapshot == nullptr ? Snapshot{} : *snapshot),
      ""};
}

HttpAnswer accepted(std::string_view request) {
  return json(202, Value::object({{"version", 1}, {"accepted", request}}));
}

HttpAnswer sync(const Snapshot*, const ServerHooks& hooks) {
  hooks.sync();
  return accepted("sync");
}

HttpAnswer pause(const Snapshot*, const ServerHooks& hooks) {
  hooks.pause(true);
  return accepted("pause");
}

HttpAnswer resume(const Snapshot*, const ServerHooks& hooks) {
  hooks.pause(false);
  return accepted("resume");
}

enum class Verb { kRead, kAct };

struct Route {
  std::string_view path;
  Verb verb;
  HttpAnswer (*make)(const Snapshot* snapshot, const ServerHooks& hooks);
};

constexpr std::array kRoutes{
    Route{"/", Verb::kRead, page},
    Route{"/healthz", Verb::kRead, health},
    Route{"/readyz", Verb::kRead, readiness},
    Route{"/metrics", Verb::kRead, metrics},
    Route{"/v1/status", Verb::kRead, status},
    Route{"/v1/sync", Verb::kAct, sync},
    Route{"/v1/pause", Verb::kAct, pause},
    Route{"/v1/resume", Verb::kAct, resume},
};

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

/// In a time that does not tell how much of it is right.
bool is_same(std::string_view given, std::string_view key) {
  unsigned difference = given.size() == key.size() ? 0U : 1U;
  for (std::size_t i = 0; i < given.size() && !key.empty(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned>(static_cast<unsigned char>(key[i % key.size()]));
  }
  return difference == 0;
}

/// The literal address that `name` means; "" when it is not the loopback interface.
std::string loopback_literal(std::string_view name) {
  if (to_lower(name) == "localhost") {
    return "127.0.0.1";
  }
  const std::string text(name);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) {
    return (ntohl(four.s_addr) >> 24) == 127 ? text : "";
  }
  return text == "[::1]" ? "::1" : "";
}

}  // namespace

HttpAnswer plain_answer(int status, std::string_view sentence) {
  return {status, "text/plain; charset=utf-8", std::string(sentence) + "\n", ""};
}

HttpAnswer answer_request(
    std::string_view method,
    std::string_view target,
    const Snapshot* snapshot,
    const ServerHooks& hooks
) {
  const std::string_view path = path_of(target);
  if (!path.starts_with('/')) {
    return plain_answer(400, "The target of a request must be a path.");
  }
  for (const Route& route : kRoutes) {
    if (route.path != path) {
      continue;
    }
    const bool fits =
        route.verb == Verb::kAct ? method == "POST" : method == "GET" || method == "HEAD";
    if (fits) {
      return route.make(snapshot, hooks);
    }
    HttpAnswer reply = plain_answer(405, "This path does not take that method.");
    reply.allow = route.verb == Verb::kAct ? "POST" : "GET, HEAD";
    return reply;
  }
  return plain_answer(404, "There is nothing at this path.");
}

std::optional<HttpAnswer> refuse_foreign(
    std::string_view method, std::string_view host, std::string_view origin
) {
  if (host.empty()) {
    return plain_answer(400, "A request must name its host, once.");
  }
  if (!parse_loopback(host)) {
    return plain_answer(403, "This server answers only to loopback names, such as localhost.");
  }
  const bool is_read = method == "GET" || method == "HEAD";
  if (!is_read && !origin.empty() && to_lower(origin) != "http://" + to_lower(host)) {
    return plain_answer(403, "A page of another origin may not give orders here.");
  }
  return std::nullopt;
}

std::optional<HttpAnswer> refuse_stranger(
    std::string_view method,
    std::string_view target,
    std::string_view authorization,
    const SecretText& order_key
) {
  constexpr std::string_view kScheme = "Bearer ";
  const bool is_order =
      method == "POST" && std::any_of(kRoutes.begin(), kRoutes.end(), [&](const Route& route) {
        return route.verb == Verb::kAct && route.path == path_of(target);
      });
  const bool is_known = !order_key.empty() && authorization.starts_with(kScheme) &&
                        is_same(authorization.substr(kScheme.size()), order_key.reveal());
  if (!is_order || is_known) {
    return std::nullopt;
  }
  return plain_answer(
      403,
      "An order must show the key that stands beside the controller's state, in STATE.orders: "
      "Authorization: Bearer KEY."
  );
}

const std::string& content_security_policy() {
  static const std::string policy = fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      base64_encode(to_bytes(sha256(kStyle)))
  );
  return policy;
}

std::optional<LoopbackPlace> parse_loopback(std::string_view text) {
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  LoopbackPlace place{loopback_literal(text.substr(0, colon)), std::nullopt};
  if (place.host.empty()) {
    return std::nullopt;
  }
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
      return std::nullopt;
    }
    place.port = port;
  }
  return place;
}

}  // namespace plumbline
