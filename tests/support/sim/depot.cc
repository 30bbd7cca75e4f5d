#include "tests/support/sim/depot.h"

#include <algorithm>

namespace plumbline::simtest {

namespace {

Error taken_over() {
  return {ErrorClass::kConflict, "StateTakenOver", "another process holds the state", "", 0};
}

}  // namespace

class Depot::Session final : public Store {
 public:
  Session(Depot& depot, std::unique_ptr<SqliteStore> file, Moments& moments, DiskPlan plan)
      : depot_(depot),
        file_(std::move(file)),
        moments_(moments),
        plan_(plan),
        epoch_(depot.epoch_) {}
  ~Session() override {
    if (file_ != nullptr) {
      file_->db().leave_log_on_close();  // As a kill does.
    }
  }

  Result<StateImage> load() override {
    auto image = inner().load();
    if (image) {
      image->epoch = epoch_;
      depot_.checkers_.on_image(*image);
    }
    return image;
  }

  Status commit(const Batch& batch, Timestamp at) override {
    moments_.pass();
    Status status = write(batch, at);
    moments_.pass();
    return status;
  }

  Status bind(const std::string& stack, const std::string& account_id) override {
    if (epoch_ != depot_.epoch_) {
      return taken_over();
    }
    return inner().bind(stack, account_id);
  }
  Result<std::vector<AuditRecord>> audit(std::size_t newest) override {
    return inner().audit(newest);
  }
  Status copy_to(const std::string& path) override { return inner().copy_to(path); }

 private:
  Store& inner() { return file_ != nullptr ? *file_ : *depot_.memory_; }

  Status write(const Batch& batch, Timestamp at) {
    if (epoch_ != depot_.epoch_) {
      const Status status = file_ != nullptr ? file_->commit(batch, at) : Status(taken_over());
      depot_.checkers_.on_stale_write(status.has_value());
      return status;
    }
    ++commits_;
    const bool fails = plan_.fails_at != 0 && commits_ >= plan_.fails_at;
    if (fails && (commits_ > plan_.fails_at || !plan_.is_written)) {
      return Error{ErrorClass::kIo, "DiskFull", "the disk is full", "", 0};
    }
    Batch kept = batch;
    if (depot_.loses_intents) {
      std::erase_if(kept.intents, [](const Intent& intent) {
        return intent.state == IntentState::kInflight;
      });
    }
    Status status = inner().commit(kept, at);
    if (status) {
      depot_.checkers_.on_commit(kept, epoch_);
    }
    if (fails) {
      return Error{ErrorClass::kIo, "DiskError", "fsync failed", "", 0};
    }
    return status;
  }

  Depot& depot_;
  std::unique_ptr<SqliteStore> file_;
  Moments& moments_;
  DiskPlan plan_;
  std::uint64_t epoch_;
  int commits_ = 0;
};

Depot::Depot(Clock& clock, Random& random, Checkers& checkers, std::string folder)
    : clock_(clock),
      random_(random),
      checkers_(checkers),
      folder_(std::move(folder)),
      memory_(folder_.empty() ? make_memory_store(clock, random) : nullptr) {}

std::unique_ptr<Store> Depot::open(Moments& moments, const DiskPlan& plan) {
  ++epoch_;
  std::unique_ptr<SqliteStore> file;
  if (!folder_.empty()) {
    auto opened = SqliteStore::open({folder_ + "/state.db", "simulated", false}, clock_, random_);
    if (!opened) {
      checkers_.violated("I12", opened.error().to_string());
      return nullptr;
    }
    file = std::move(opened).value();
    const auto verified = file->verify_audit();
    checkers_.on_audit(verified.has_value(), verified ? "" : verified.error().to_string());
  }
  return std::make_unique<Session>(*this, std::move(file), moments, plan);
}

StateImage Depot::image() {
  Moments none;
  const auto store = open(none, {});
  auto image = store == nullptr ? Result<StateImage>(Error{}) : store->load();
  return image ? std::move(image).value() : StateImage();
}

}  // namespace plumbline::simtest
