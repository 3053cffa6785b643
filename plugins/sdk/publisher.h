// Puts results on the feed, in the order of their inputs: threads that finish an older image of a
// slice after a newer one have come too late. Takes back what was made of images that are gone.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "common/wire/feed.h"
#include "plugins/sdk/output.h"

namespace slicecast::plugin {

class Publisher {
 public:
  explicit Publisher(wire::FeedProducer& feed) : feed_(feed) {}

  // An image of this key came: only results of this instance of its producer count from now on.
  void input_came(const std::string& key, std::uint64_t instance);
  // The key is gone, and so is what was made of it, now and of calls that still run.
  void input_gone(const std::string& key);
  // Slices that are not in this scene are gone.
  void keep_slices(const v1::Scene& scene);
  void clear();

  // False: late, or its input is gone.
  bool publish(Output::Ready&& result);

 private:
  struct Input {
    std::uint64_t instance = 0;
    std::set<std::string> outputs;
  };
  struct Shown {
    std::uint64_t instance = 0, version = 0;  // of the input
  };
  void take_back(const Input& input);

  wire::FeedProducer& feed_;
  std::mutex mutex_;
  std::map<std::string, Input> inputs_;
  std::map<std::string, Shown> shown_;  // by output key
};

}  // namespace slicecast::plugin
