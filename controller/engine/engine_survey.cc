// Runs that only look, for somebody who wants to take over what is there, or to know it again.
#include "controller/engine/engine.h"
#include "controller/engine/rebuilder.h"
#include "controller/engine/surveyor.h"

namespace plumbline {

Task<> Engine::make_survey(RunResult& result) {
  const Status learnt = co_await learn_accounts();
  if (!learnt) {
    result.failure = learnt.error();
    co_return;
  }
  observer_ = std::make_unique<Observer>(caller_, accounts_, options_.manifest->stack);
  Surveyor surveyor(*observer_, {*options_.catalog, options_.manifest->region, accounts_.own});
  Status looked = Done{};
  if (options_.survey.root.empty()) {
    co_await surveyor.look_at(options_.survey.claims);
  } else {
    looked = co_await surveyor.discover(options_.survey.root);
  }
  result.was_stopped = io_.is_stopping();
  if (!looked) {
    result.failure = looked.error();
    co_return;
  }
  surveyor.survey.account_id = accounts_.own;
  result.survey = std::make_shared<const Survey>(std::move(surveyor.survey));
  result.is_complete = !result.was_stopped;
}

/// The state is there to give its key, its stack and its accounts; nothing is committed.
Task<> Engine::make_rebuild(RunResult& result) {
  const Status learnt = co_await learn_accounts();
  if (!learnt) {
    result.failure = learnt.error();
    co_return;
  }
  Diagnostics ignored;  // The manifest was checked when it was loaded.
  graph_ = make_graph(*options_.manifest, ignored);
  observer_ = std::make_unique<Observer>(caller_, accounts_, options_.manifest->stack);
  RebuildInput input;
  input.manifest = options_.manifest.get();
  input.graph = &graph_;
  input.catalog = options_.catalog;
  input.accounts = accounts_;
  input.install_key = options_.state.install_key;
  input.ask = &options_.rebuild;
  input.now = io_.now();
  Rebuilder rebuilder(*observer_, std::move(input));
  const Status looked = co_await rebuilder.run();
  result.was_stopped = io_.is_stopping();
  if (!looked) {
    result.failure = looked.error();
    co_return;
  }
  result.rebuilt = std::make_shared<const Rebuilt>(std::move(rebuilder.rebuilt));
  result.is_complete = !result.was_stopped && result.rebuilt->is_certain();
}

}  // namespace plumbline
