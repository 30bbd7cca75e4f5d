#include "state/rebuilding.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "state/failure.h"
#include "state/place.h"
#include "state/sqlite_store.h"

namespace plumbline {

namespace {

Error refusal(std::string message) {
  return state_error(ErrorClass::kConflict, kStateRefused, std::move(message));
}

/// Nothing but rebuilds has written it: it can be made again from the same sources.
Result<bool> is_rebuilt_only(Store& store, const StateImage& image) {
  PLUMBLINE_TRY(records, store.audit(std::numeric_limits<std::size_t>::max()));
  const bool has_other = std::any_of(records.begin(), records.end(), [](const AuditRecord& record) {
    return record.action != Rebuilding::kAction;
  });
  return image.open_intents.empty() && !has_other && !records.empty();
}

}  // namespace

Result<Rebuilding> Rebuilding::begin(const StoreOptions& place, Clock& clock, Random& random) {
  const std::unique_ptr<Disk> disk = make_system_disk();
  PLUMBLINE_DO(prepare_folder(place.path));
  PLUMBLINE_DO(check_disk(place.path, *disk, true));
  PLUMBLINE_TRY(lock, Lock::acquire(place.path, place.holder));
  Rebuilding rebuilding(place.path, std::move(lock));
  PLUMBLINE_DO(rebuilding.look_at_before(clock, random));
  return rebuilding;
}

Status Rebuilding::look_at_before(Clock& clock, Random& random) {
  if (const auto backups = backups_of(path_); !backups.empty()) {
    serial_ = backups.front().serial;
  }
  if (size_of(path_) == 0) {
    if (size_of(path_ + "-wal") > 0) {
      return refusal(fmt::format(
          "The log {0}-wal of the lost state is there. Without {0} it is of no use, and it would "
          "be played into a new state: move it away, then run this again.",
          path_
      ));
    }
    return Done{};
  }
  StoreOptions look;
  look.path = path_;
  look.is_glance = true;
  PLUMBLINE_TRY(store, SqliteStore::open(look, clock, random));
  PLUMBLINE_TRY(image, store->load());
  PLUMBLINE_TRY(is_ours, is_rebuilt_only(*store, image));
  if (!is_ours && !(image.rows.empty() && image.open_intents.empty())) {
    return refusal(fmt::format(
        "The state {0} is there: it knows {1} resources of the stack {2}, and runs have written "
        "it, so it is not lost. If it is not to be used all the same, keep it with `plumbline "
        "state backup FILE`, move {0} and {0}-wal away, and run this again.",
        path_,
        image.rows.size(),
        image.stack
    ));
  }
  serial_ = std::max(serial_, image.serial);
  before_ = std::move(store);
  return Done{};
}

Status Rebuilding::keep_before() {
  PLUMBLINE_TRY(image, before_->load());
  const std::string path = backup_path(path_, image.serial);
  return is_missing(path) ? before_->copy_to(path) : Status(Done{});
}

Status Rebuilding::finish(const NewState& state, Clock& clock, Random& random) {
  PLUMBLINE_TRY(
      draft, SqliteStore::draft(state.install_key, std::max(serial_, state.serial), clock, random)
  );
  PLUMBLINE_DO(draft->bind(state.stack, state.account_id));
  PLUMBLINE_DO(draft->commit(state.first, clock.now()));
  const std::string unfinished = path_ + ".rebuild.tmp";
  unlink((unfinished + "-journal").c_str());  // SQLite would play it into the new file.
  unlink(unfinished.c_str());
  PLUMBLINE_DO(draft->copy_to(unfinished));
  if (before_ != nullptr) {
    PLUMBLINE_DO(keep_before());
  }
  unlink((path_ + "-wal").c_str());
  if (std::rename(unfinished.c_str(), path_.c_str()) != 0) {
    return state_error(
        ErrorClass::kIo,
        kDiskError,
        fmt::format(
            "The new state could not be put in place as {} ({}). Check its folder and run the "
            "command again.",
            path_,
            std::strerror(errno)
        )
    );
  }
  return sync_file_and_folder(path_);
}

}  // namespace plumbline
