// What each labelled slice holds of each class, as lines of a CSV file that grows.
#pragma once

#include <cstdio>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/model_card.h"
#include "common/segmentation/quantities.h"
#include "slicecast/v1/common.pb.h"

namespace slicecast::segment {

// Any thread.
class QuantitiesCsv {
 public:
  // Goes on behind what is there; an empty file gets the line of headings. A file that cannot be
  // written is refused (invalid_argument).
  static Result<std::shared_ptr<QuantitiesCsv>> open(const std::string& path);

  const std::string& path() const { return path_; }
  // One line per class, in the file at once. `quantities` are as many as `classes`.
  Result<void> add(const v1::Stamp& input, const std::string& method,
                   const std::vector<nn::ClassEntry>& classes,
                   std::span<const segmentation::ClassQuantities> quantities);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  QuantitiesCsv(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  const std::string path_;
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace slicecast::segment
