// The invariants I1–I15 of the journal's design as checks that see every commit, every request and
// the simulated world. They know the rules, not the engine: a violation is a sentence that begins
// with the name of its rule. I9 and I10 compare runs and so are the scenario's; it reports here.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "controller/config/catalog.h"
#include "simulator/simulator.h"
#include "state/store.h"

namespace plumbline::simtest {

/// In every secret of every stack; may be nowhere but on the wire.
inline constexpr char kSecret[] = "canary-5f1c0ffee";

struct SentCall {
  std::uint64_t id = 0;
  std::uint64_t process = 0;  ///< Its epoch.
  std::string service, action;
};

class Checkers {
 public:
  Checkers(const Catalog& catalog, sim::Simulator& world) : catalog_(catalog), world_(world) {}

  // --- the journal
  /// What became durable, and under which epoch.
  void on_commit(const Batch& batch, std::uint64_t epoch);
  void on_stale_write(bool was_accepted);
  void on_image(const StateImage& image);
  void on_audit(bool is_whole, const std::string& why);
  // --- the wire
  void on_send(const SentCall& call);
  void on_reply(std::uint64_t process, std::uint64_t id);
  void on_end_of_process(std::uint64_t process);
  void on_unjournalled_change(const std::string& action);
  // --- what people see
  void on_text(const std::string& where, const std::string& text);
  /// I3 and I4 over the whole world. Cheap enough for every change of a small one.
  void look_at_world();
  /// Somebody else removed or changed tags: what they touched proves nothing any more.
  void forgive_tags_of(const std::string& id) { forgiven_.insert(id); }

  void violated(const std::string& rule, const std::string& what);
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] const std::map<std::string, Intent>& intents() const { return intents_; }

 private:
  using RowKey = std::tuple<std::string, std::string>;  ///< Address, physical id.
  void on_intent(const Intent& intent, std::uint64_t epoch);
  void check_rows(const Batch& batch);
  [[nodiscard]] bool is_known(const Value& object, std::string& why) const;
  void check_deletion(const Intent& intent, std::uint64_t process);

  const Catalog& catalog_;
  sim::Simulator& world_;
  std::map<std::string, Intent> intents_;  ///< All there ever were, as last written.
  std::map<RowKey, ResourceRow> rows_;
  std::map<std::string, std::uint64_t> attempts_;  ///< Sent, by intent.
  /// Durable and not sent yet, in the order of the journal.
  struct Sendable {
    std::string service, action, intent;
    std::uint64_t epoch = 0;
  };
  std::vector<Sendable> sendable_;
  std::vector<std::pair<SentCall, std::string>> in_flight_;  ///< With the intent.
  std::uint64_t epoch_ = 0, sent_ = 0;
  std::set<std::string> forgiven_;
  std::vector<std::string> violations_;
};

}  // namespace plumbline::simtest
