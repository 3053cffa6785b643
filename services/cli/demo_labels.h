// What the demo hears of the segmentation plugin: its labels beside the slices, how late they are
// and what they find. One named thread; all members may be called from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/wire/context.h"
#include "common/wire/directory.h"
#include "common/wire/feed.h"
#include "services/cli/labelled_slices.h"

namespace slicecast::cli {

class DemoLabels {
 public:
  // `context` must outlive it.
  static Result<std::unique_ptr<DemoLabels>> create(wire::Context& context, const std::string& hub);
  ~DemoLabels();
  DemoLabels(const DemoLabels&) = delete;

  void request_stop();  // the destructor then has less to wait for
  void add_slice(const wire::FeedMessage& message);
  // Labels per second, how late they were since the last call, and the fractions of the classes.
  std::string line();
  std::map<std::string, LabelledSlice> pictures() const { return labelled_.newest(); }

 private:
  DemoLabels() = default;
  void receive(const std::stop_token& stop);

  LabelledSlices labelled_;
  std::uint64_t shown_labels_ = 0;
  std::int64_t shown_ns_ = 0;
  std::unique_ptr<wire::FeedConsumer> feed_;
  std::unique_ptr<wire::Follower> follower_;
  std::jthread receiving_;
};

// NAME-labels.png of each slice: its labels in the colours of their classes over its grey values,
// as upright as NAME.png. Returns the paths; fails when there is none.
Result<std::vector<std::filesystem::path>> write_overlays(
    const std::map<std::string, LabelledSlice>& slices, const std::filesystem::path& folder);

}  // namespace slicecast::cli
