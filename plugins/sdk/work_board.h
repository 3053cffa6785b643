// What waits for the node: the newest image of each key and nothing else, so that memory stays flat
// however slow the node is. Keeps the ledger of what comes. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/metrics/ledger.h"
#include "plugins/sdk/view.h"

namespace slicecast::plugin {

class WorkBoard {
 public:
  struct Job {
    std::vector<SliceView> views;        // of different keys
    std::vector<std::int64_t> taken_ns;  // when each came; steady clock
    Surroundings around;                 // newest known
  };

  WorkBoard(std::shared_ptr<metrics::Ledger> ledger, std::size_t most_keys)
      : ledger_(std::move(ledger)), most_keys_(most_keys) {}

  // Takes the place of what waits under its key, which is counted as superseded; as queue_full when
  // there are too many keys.
  void put(SliceView view);
  // News of scene or scan, also for those who wait with `hears`.
  void tell(Surroundings around);
  void forget(const std::string& key);
  void clear();
  // Has all keys that are known processed again, for a node that changed.
  void repeat();

  // Waits for up to `most` images, those first that wait longest; or, with `hears`, for news alone.
  // What it returns is in flight until it is settled at the ledger. Nothing: stopped.
  std::optional<Job> next(std::size_t most, bool hears, const std::stop_token& stop);
  std::size_t waiting() const;

 private:
  struct Waiting {
    SliceView view;
    std::int64_t taken_ns = 0, since_ns = 0;
  };
  const std::shared_ptr<metrics::Ledger> ledger_;
  const std::size_t most_keys_;
  mutable std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::map<std::string, Waiting> waiting_;
  std::map<std::string, SliceView> last_;  // given out last, for repeat()
  Surroundings around_;
  bool news_ = false;
};

}  // namespace slicecast::plugin
