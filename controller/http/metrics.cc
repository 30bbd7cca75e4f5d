#include "controller/http/metrics.h"

#include <cstdint>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace plumbline {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr bool is_list_of_phases_whole() {
  for (std::size_t i = 0; i < kPhases.size(); ++i) {
    if (static_cast<std::size_t>(kPhases[i]) != i) {
      return false;
    }
  }
  return kPhases.back() == Phase::kStuck;
}
static_assert(is_list_of_phases_whole(), "kPhases indexes by enumerator");

ClientMetric sample(MetricType type, double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return metric;
}

MetricFamily gauge(std::string name, std::string help, double value) {
  return {std::move(name), std::move(help), MetricType::Gauge, {sample(MetricType::Gauge, value)}};
}

MetricFamily counter(std::string name, std::string help, double value) {
  return {
      std::move(name), std::move(help), MetricType::Counter, {sample(MetricType::Counter, value)}};
}

MetricFamily counter(std::string name, std::string help, std::uint64_t value) {
  return counter(std::move(name), std::move(help), static_cast<double>(value));
}

MetricFamily resources(const Snapshot& snapshot) {
  MetricFamily family{
      "plumbline_resources", "Resources of the manifest by phase.", MetricType::Gauge, {}};
  const auto counts = count_phases(snapshot);
  for (std::size_t i = 0; i < kPhases.size(); ++i) {
    family.metric.push_back(sample(
        MetricType::Gauge,
        static_cast<double>(counts[i]),
        {{"phase", std::string(name_of(kPhases[i]))}}
    ));
  }
  return family;
}

MetricFamily api_calls(const Counters& counters) {
  return {
      "plumbline_api_calls_total",
      "Calls sent to AWS.",
      MetricType::Counter,
      {sample(MetricType::Counter, static_cast<double>(counters.reads), {{"kind", "read"}}),
       sample(
           MetricType::Counter, static_cast<double>(counters.mutations), {{"kind", "mutating"}}
       )}};
}

MetricFamily build_info() {
  return {
      "plumbline_build_info",
      "Always 1; the labels say what is running.",
      MetricType::Gauge,
      {sample(MetricType::Gauge, 1, {{"version", PLUMBLINE_VERSION}})}};
}

}  // namespace

std::array<std::size_t, kPhases.size()> count_phases(const Snapshot& snapshot) {
  std::array<std::size_t, kPhases.size()> counts{};
  for (const ResourceStatus& resource : snapshot.resources) {
    ++counts[static_cast<std::size_t>(resource.phase)];
  }
  return counts;
}

std::string render_metrics(const Snapshot& snapshot) {
  const Counters& counters = snapshot.counters;
  const double last_run =
      static_cast<double>(snapshot.last_run_at.time_since_epoch().count()) / 1000.0;
  const std::vector<MetricFamily> families{
      build_info(),
      gauge(
          "plumbline_ready",
          "1 when the first look at the world is complete.",
          snapshot.is_ready ? 1 : 0
      ),
      gauge("plumbline_paused", "1 while reconciling is paused.", snapshot.is_paused ? 1 : 0),
      resources(snapshot),
      api_calls(counters),
      counter(
          "plumbline_throttles_total",
          "Calls AWS refused because of their rate.",
          counters.throttles
      ),
      counter("plumbline_step_failures_total", "Steps that failed.", counters.failures),
      counter(
          "plumbline_corrections_total",
          "Drift that was set back to what the manifest says.",
          counters.corrections
      ),
      counter("plumbline_runs_total", "Completed reconciliation runs.", counters.runs),
      counter("plumbline_commits_total", "Transactions written to the state.", counters.commits),
      counter(
          "plumbline_commit_seconds_total",
          "Time that was waited for the state's transactions.",
          std::chrono::duration<double>(counters.commit_time).count()
      ),
      gauge(
          "plumbline_last_run_timestamp_seconds",
          "When the last run ended, in Unix time; 0 before the first.",
          last_run
      ),
  };
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace plumbline
