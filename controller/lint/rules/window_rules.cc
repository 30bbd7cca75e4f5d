// Rules about the times in which RDS makes backups and maintains. From CreateDBInstance's
// reference, PreferredBackupWindow and PreferredMaintenanceWindow.
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr int kHour = 60;
constexpr int kDay = 24 * kHour;
constexpr int kWeek = 7 * kDay;
constexpr int kShortest = 30;

/// In minutes of the day or of the week.
struct Window {
  int start = 0, length = 0;
};

/// "04:30" → 270; patterns of the schema have looked at the form.
std::optional<int> minute_of(std::string_view text) {
  int hour = 0, minute = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto first = std::from_chars(begin, end, hour);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':' ||
      std::from_chars(first.ptr + 1, end, minute).ec != std::errc()) {
    return std::nullopt;
  }
  return hour * kHour + minute;
}

/// "sun:04:30" → the minute of a week that begins on Monday.
std::optional<int> minute_of_week(std::string_view text) {
  constexpr auto kDays =
      std::to_array<std::string_view>({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});
  const auto colon = text.find(':');
  const std::string day = to_lower(text.substr(0, colon));
  for (std::size_t i = 0; i < kDays.size() && colon != text.npos; ++i) {
    const auto minute = day == kDays[i] ? minute_of(text.substr(colon + 1)) : std::nullopt;
    if (minute) {
      return static_cast<int>(i) * kDay + *minute;
    }
  }
  return std::nullopt;
}

/// Between two times with a dash, which may lie on both sides of midnight.
template <class ReadMinute>
std::optional<Window> window_of(
    const Resource& database, std::string_view property, const ReadMinute& read, int round
) {
  const std::string& text = database.properties.text_of(property);
  const auto dash = text.find('-');
  const auto start = read(std::string_view(text).substr(0, dash));
  const auto end = dash == text.npos ? std::nullopt : read(std::string_view(text).substr(dash + 1));
  if (!start || !end) {
    return std::nullopt;
  }
  return Window{*start, (*end - *start + round) % round};
}

/// The backup window comes every day, and so meets the one of the week on any.
bool do_meet(const Window& daily, const Window& weekly) {
  const int to_weekly = (weekly.start % kDay - daily.start + kDay) % kDay;
  const int to_daily = (daily.start - weekly.start % kDay + kDay) % kDay;
  return to_weekly < daily.length || to_daily < weekly.length;
}

void check_length(
    const Reporting& reporting, const Spot& spot, const std::optional<Window>& window
) {
  if (window && window->length < kShortest) {
    reporting.at(
        spot,
        fmt::format(
            "{} of `{}` has {} minutes.",
            spot.path,
            spot.resource.address.to_string(),
            window->length
        ),
        fmt::format("write a window of {} minutes or more", kShortest)
    );
  }
}

}  // namespace

void db013(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  constexpr std::string_view kBackup = "preferredBackupWindow";
  constexpr std::string_view kMaintenance = "preferredMaintenanceWindow";
  for (const Resource* database : created(context, "dbInstances")) {
    const auto daily = window_of(*database, kBackup, minute_of, kDay);
    const auto weekly = window_of(*database, kMaintenance, minute_of_week, kWeek);
    check_length(reporting, {*database, kBackup}, daily);
    check_length(reporting, {*database, kMaintenance}, weekly);
    if (!daily || !weekly || !do_meet(*daily, *weekly)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*database, kMaintenance},
        fmt::format(
            "The maintenance of `{}` meets its backups, at {}.",
            database->address.to_string(),
            database->properties.text_of(kBackup)
        ),
        "choose windows that do not overlap"
    );
    finding.evidence.push_back(reporting.evidence({*database, kBackup}, "the backups"));
  }
}

}  // namespace plumbline::checks
